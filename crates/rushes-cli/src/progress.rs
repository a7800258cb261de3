//! Progress bars: on standard error, and only on a terminal, as indicatif sees to.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rushes::Time;

/// Shows how far the work is, in media time.
pub(crate) fn show(bar: &ProgressBar, time: Time, end: Option<Time>, done: String) {
    if let Some(end) = end.filter(|_| bar.length().is_none()) {
        bar.set_length(milliseconds(end));
        // A template that does not parse leaves the default one.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg} [{eta}]") {
            bar.set_style(style);
        }
    }
    bar.set_position(milliseconds(time));
    bar.set_message(done);
}

fn milliseconds(time: Time) -> u64 {
    Duration::try_from_secs_f64(time.seconds().max(0.0))
        .map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
