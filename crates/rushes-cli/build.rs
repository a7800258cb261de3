//! Tells `rushes licenses` what this build links: its features, and what the system adds.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut parts: Vec<String> = env::vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_owned))
        .map(|name| name.to_lowercase().replace('_', "-"))
        .collect();
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    match (&*target("OS"), &*target("ENV")) {
        ("windows", _) => parts.push("windows".to_owned()),
        (_, "gnu") if is_static => parts.push("static-gnu".to_owned()),
        (_, "musl") => parts.push("musl".to_owned()),
        _ => {}
    }
    parts.sort();
    println!("cargo::rustc-env=RUSHES_PARTS={}", parts.join(" "));
}
