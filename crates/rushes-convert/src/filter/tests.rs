//! Chains at work.
