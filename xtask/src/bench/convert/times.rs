//! What a program printed: its name and version, and the times of the cases.

use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Times {
    pub(super) version: String,
    /// Nanoseconds of each round.
    cases: BTreeMap<String, Vec<u64>>,
    /// The cases in the order of the program.
    order: Vec<String>,
}

impl Times {
    /// Adds what a program printed in a round: `# version`, and lines of name, nanoseconds and bytes.
    pub(super) fn add(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("# ") {
                version.clone_into(&mut self.version);
            }
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let Some(nanoseconds) = fields.next().and_then(|field| field.parse().ok()) else {
                continue;
            };
            let times = self.cases.entry(name.to_owned()).or_default();
            if times.is_empty() {
                self.order.push(name.to_owned());
            }
            times.push(nanoseconds);
        }
    }

    /// The cases, without the copies beside them.
    pub(super) fn cases(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str).filter(|case| !case.starts_with("memcpy "))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn median(&self, case: &str) -> Option<u64> {
        let mut times = self.cases.get(case)?.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
pub(super) fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
pub(super) fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}
