//! Arithmetic as FFmpeg's options have it: `iw/2`, `if(gt(a,1),320,-2)`, `-6dB`.
//!
//! An expression is turned into steps of a stack machine once, so that neither reading nor evaluating recurses deeper than
//! brackets do, which is bounded. What FFmpeg has for state and side effects (`st`, `ld`, `while`, `random`, `print`, …) is not
//! there. Division by zero gives an infinity or no number, which those who ask for a size or a time refuse.

use std::f64::consts::{E, PI, TAU};

use rushes_core::{Error, Result};

/// An expression over a list of variables.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(f64),
    Variable(usize),
    Negate,
    /// Of the two values on top.
    Binary(fn(f64, f64) -> f64),
    /// Of the three values on top.
    Call(fn([f64; 3]) -> f64),
    /// Drops the value on top.
    Drop,
}

/// Brackets within brackets.
const DEEPEST: usize = 64;

const CONSTANTS: [(&str, f64); 4] =
    [("PI", PI), ("E", E), ("PHI", 1.618_033_988_749_895), ("QP2LAMBDA", 118.0)];

/// Name, fewest and most arguments; those that are missing are zero.
type Function = (&'static str, usize, usize, fn([f64; 3]) -> f64);

const FUNCTIONS: [Function; 42] = [
    ("abs", 1, 1, |[x, ..]| x.abs()),
    ("acos", 1, 1, |[x, ..]| x.acos()),
    ("asin", 1, 1, |[x, ..]| x.asin()),
    ("atan", 1, 1, |[x, ..]| x.atan()),
    ("atan2", 2, 2, |[y, x, _]| y.atan2(x)),
    ("between", 3, 3, |[x, low, high]| truth(x >= low && x <= high)),
    ("bitand", 2, 2, |[x, y, _]| bits(x, y, |x, y| x & y)),
    ("bitor", 2, 2, |[x, y, _]| bits(x, y, |x, y| x | y)),
    ("ceil", 1, 1, |[x, ..]| x.ceil()),
    ("clip", 3, 3, |[x, low, high]| if low <= high { x.max(low).min(high) } else { f64::NAN }),
    ("cos", 1, 1, |[x, ..]| x.cos()),
    ("cosh", 1, 1, |[x, ..]| x.cosh()),
    ("eq", 2, 2, |[x, y, _]| truth(x == y)),
    ("exp", 1, 1, |[x, ..]| x.exp()),
    ("floor", 1, 1, |[x, ..]| x.floor()),
    ("gauss", 1, 1, |[x, ..]| (-x * x / 2.0).exp() / TAU.sqrt()),
    ("gcd", 2, 2, |[x, y, _]| bits(x, y, gcd)),
    ("gt", 2, 2, |[x, y, _]| truth(x > y)),
    ("gte", 2, 2, |[x, y, _]| truth(x >= y)),
    ("hypot", 2, 2, |[x, y, _]| x.hypot(y)),
    ("if", 2, 3, |[x, yes, no]| if x == 0.0 { no } else { yes }),
    ("ifnot", 2, 3, |[x, yes, no]| if x == 0.0 { yes } else { no }),
    ("isinf", 1, 1, |[x, ..]| truth(x.is_infinite())),
    ("isnan", 1, 1, |[x, ..]| truth(x.is_nan())),
    ("lerp", 3, 3, |[x, y, part]| x + (y - x) * part),
    ("log", 1, 1, |[x, ..]| x.ln()),
    ("lt", 2, 2, |[x, y, _]| truth(x < y)),
    ("lte", 2, 2, |[x, y, _]| truth(x <= y)),
    ("max", 2, 2, |[x, y, _]| if x > y { x } else { y }),
    ("min", 2, 2, |[x, y, _]| if x < y { x } else { y }),
    ("mod", 2, 2, |[x, y, _]| x - (x / y).floor() * y),
    ("not", 1, 1, |[x, ..]| truth(x == 0.0)),
    ("pow", 2, 2, |[x, y, _]| x.powf(y)),
    ("round", 1, 1, |[x, ..]| x.round()),
    ("sgn", 1, 1, |[x, ..]| truth(x > 0.0) - truth(x < 0.0)),
    ("sin", 1, 1, |[x, ..]| x.sin()),
    ("sinh", 1, 1, |[x, ..]| x.sinh()),
    ("sqrt", 1, 1, |[x, ..]| x.sqrt()),
    ("squish", 1, 1, |[x, ..]| 1.0 / (1.0 + (4.0 * x).exp())),
    ("tan", 1, 1, |[x, ..]| x.tan()),
    ("tanh", 1, 1, |[x, ..]| x.tanh()),
    ("trunc", 1, 1, |[x, ..]| x.trunc()),
];

const fn truth(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}

fn bits(x: f64, y: f64, operation: fn(i64, i64) -> i64) -> f64 {
    match (super::number::truncated(x), super::number::truncated(y)) {
        (Some(x), Some(y)) => super::number::real(operation(x, y)),
        _ => f64::NAN,
    }
}

fn gcd(x: i64, y: i64) -> i64 {
    let (mut x, mut y) = (x.abs(), y.abs());
    while y != 0 {
        (x, y) = (y, x % y);
    }
    x
}

impl Expression {
    /// Reads an expression over these variables.
    pub(super) fn parse(text: &str, variables: &[&str]) -> Result<Self> {
        let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let mut parser = Parser { rest: &dense, variables, steps: Vec::new(), depth: 0 };
        let parsed = parser.sequence();
        let (rest, steps) = (parser.rest, parser.steps);
        if parsed.is_none() || !rest.is_empty() {
            let near = if rest.is_empty() { "its end" } else { rest };
            let mut message = format!("'{text}' is not an expression, near '{near}'");
            if !variables.is_empty() {
                message += "; variables: ";
                message += &variables.join(", ");
            }
            return Err(Error::usage(message));
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// Its value, for as many values as there are variables.
    pub(super) fn value(&self, variables: &[f64]) -> f64 {
        let mut stack = Vec::new();
        for step in &self.steps {
            let mut pop = || stack.pop().unwrap_or(f64::NAN);
            let value = match step {
                Step::Push(value) => *value,
                Step::Variable(index) => variables.get(*index).copied().unwrap_or(f64::NAN),
                Step::Negate => -pop(),
                Step::Binary(operation) => {
                    let second = pop();
                    operation(pop(), second)
                }
                Step::Call(function) => {
                    let (third, second) = (pop(), pop());
                    function([pop(), second, third])
                }
                Step::Drop => {
                    pop();
                    continue;
                }
            };
            stack.push(value);
        }
        stack.pop().unwrap_or(f64::NAN)
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The value of an expression without variables.
pub(super) fn evaluate(text: &str) -> Result<f64> {
    Expression::parse(text, &[]).map(|expression| expression.value(&[]))
}

struct Parser<'a> {
    rest: &'a str,
    variables: &'a [&'a str],
    steps: Vec<Step>,
    depth: usize,
}

/// `None` is a mistake at the place that is reached.
type Parsed = Option<()>;

impl Parser<'_> {
    fn take(&mut self, c: char) -> bool {
        self.rest.strip_prefix(c).map(|rest| self.rest = rest).is_some()
    }

    /// Expressions with `;` between them: the last one counts.
    fn sequence(&mut self) -> Parsed {
        self.sum()?;
        while self.take(';') {
            self.steps.push(Step::Drop);
            self.sum()?;
        }
        Some(())
    }

    fn sum(&mut self) -> Parsed {
        self.product()?;
        loop {
            let operation: fn(f64, f64) -> f64 = match self.rest.as_bytes().first() {
                Some(b'+') => |x, y| x + y,
                Some(b'-') => |x, y| x - y,
                _ => return Some(()),
            };
            self.rest = &self.rest[1..];
            self.product()?;
            self.steps.push(Step::Binary(operation));
        }
    }

    fn product(&mut self) -> Parsed {
        self.factor()?;
        loop {
            let operation: fn(f64, f64) -> f64 = match self.rest.as_bytes().first() {
                Some(b'*') => |x, y| x * y,
                Some(b'/') => |x, y| x / y,
                _ => return Some(()),
            };
            self.rest = &self.rest[1..];
            self.factor()?;
            self.steps.push(Step::Binary(operation));
        }
    }

    /// Powers, from left to right; the sign in front belongs to the whole.
    fn factor(&mut self) -> Parsed {
        let negative = self.signed_primary()?;
        while self.take('^') {
            if self.signed_primary()? {
                self.steps.push(Step::Negate);
            }
            self.steps.push(Step::Binary(f64::powf));
        }
        if negative {
            self.steps.push(Step::Negate);
        }
        Some(())
    }

    /// A value without its sign; true if it is negative. Decibels keep their sign: -3dB is not -(3dB).
    fn signed_primary(&mut self) -> Option<bool> {
        if let Some(unsigned) = self.rest.strip_prefix('-')
            && let Some((value, rest)) = decimal(unsigned)
            && let Some(rest) = rest.strip_prefix("dB")
        {
            self.rest = rest;
            self.steps.push(Step::Push(decibels(-value)));
            return Some(false);
        }
        let negative = self.take('-');
        if !negative {
            self.take('+');
        }
        self.primary()?;
        Some(negative)
    }

    fn primary(&mut self) -> Parsed {
        if let Some((value, rest)) = number(self.rest) {
            self.rest = rest;
            self.steps.push(Step::Push(value));
            return Some(());
        }
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if let Some(index) = self.variables.iter().position(|known| *known == name) {
            self.rest = rest;
            self.steps.push(Step::Variable(index));
            return Some(());
        }
        if let Some((_, value)) = CONSTANTS.iter().find(|(known, _)| *known == name) {
            self.rest = rest;
            self.steps.push(Step::Push(*value));
            return Some(());
        }
        let function = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        if !name.is_empty() && function.is_none() || self.depth == DEEPEST {
            return None;
        }
        self.rest = rest.strip_prefix('(')?;
        self.depth += 1;
        match function {
            None => self.sequence()?,
            Some((_, fewest, most, function)) => self.call(*fewest, *most, *function)?,
        }
        self.depth -= 1;
        self.take(')').then_some(())
    }

    fn call(&mut self, fewest: usize, most: usize, function: fn([f64; 3]) -> f64) -> Parsed {
        let mut count = 0;
        loop {
            self.sequence()?;
            count += 1;
            if count == most || !self.take(',') {
                break;
            }
        }
        if count < fewest {
            return None;
        }
        self.steps.extend((count..3).map(|_| Step::Push(0.0)));
        self.steps.push(Step::Call(function));
        Some(())
    }
}

/// A number with what FFmpeg allows behind it: `dB`, or a prefix such as `k`, `Ki` or `m`, and `B` for bytes in bits.
fn number(text: &str) -> Option<(f64, &str)> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        let value = hex[..end].chars().fold(0.0, |value, digit| {
            value * 16.0 + f64::from(digit.to_digit(16).unwrap_or_default())
        });
        return (end > 0).then(|| (value, &hex[end..]));
    }
    let (value, rest) = decimal(text)?;
    if let Some(rest) = rest.strip_prefix("dB") {
        return Some((decibels(value), rest));
    }
    let prefixes: [(char, i32); 20] = [
        ('y', -24),
        ('z', -21),
        ('a', -18),
        ('f', -15),
        ('p', -12),
        ('n', -9),
        ('u', -6),
        ('m', -3),
        ('c', -2),
        ('d', -1),
        ('h', 2),
        ('k', 3),
        ('K', 3),
        ('M', 6),
        ('G', 9),
        ('T', 12),
        ('P', 15),
        ('E', 18),
        ('Z', 21),
        ('Y', 24),
    ];
    let prefix = prefixes.iter().find(|(letter, _)| rest.starts_with(*letter));
    let (mut value, mut rest) = match prefix {
        Some((_, power)) if rest[1..].starts_with('i') && *power % 3 == 0 && *power > 0 => {
            (value * 2_f64.powi(power / 3 * 10), &rest[2..])
        }
        Some((_, power)) => (value * 10_f64.powi(*power), &rest[1..]),
        None => (value, rest),
    };
    if let Some(behind) = rest.strip_prefix('B') {
        (value, rest) = (value * 8.0, behind);
    }
    Some((value, rest))
}

/// A decimal number without a sign.
fn decimal(text: &str) -> Option<(f64, &str)> {
    let digits = |from: usize| {
        text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |len| from + len)
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if !text[..end].contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let last = digits(end + 1 + sign);
        if last > end + 1 + sign {
            end = last;
        }
    }
    text[..end].parse().ok().map(|value| (value, &text[end..]))
}

fn decibels(value: f64) -> f64 {
    10_f64.powf(value / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: f64) {
        let variables = ["iw", "ih", "a"];
        let expression = Expression::parse(text, &variables).expect(text);
        let value = expression.value(&[640.0, 360.0, 16.0 / 9.0]);
        let close = value == expected || (value - expected).abs() <= expected.abs() * 1e-12;
        assert!(close || value.is_nan() && expected.is_nan(), "{text}: {value}, not {expected}");
    }

    #[test]
    fn values_are_those_of_ffmpeg() {
        check("iw/2", 320.0);
        check(" iw / 2 - 4 * 2 ", 312.0);
        check("-2", -2.0);
        check("2^3^2", 64.0);
        check("-2^2", -4.0);
        check("2^-1", 0.5);
        check("(1;2)", 2.0);
        check("trunc(iw/7)*2", 182.0);
        check("if(gt(a,1),320,-2)", 320.0);
        check("if(lt(a,1),320)", 0.0);
        check("min(iw,ih)", 360.0);
        check("mod(-1,3)", 2.0);
        check("clip(5,1,3)", 3.0);
        check("1k", 1000.0);
        check("1Ki", 1024.0);
        check("1.5e3", 1500.0);
        check(".5", 0.5);
        check("0x10", 16.0);
        check("-6dB", 0.501_187_233_627_272_2);
        check("6dB", 1.995_262_314_968_879_5);
        check("2*PI", TAU);
        check("1/0", f64::INFINITY);
        check("0/0", f64::NAN);
        check("bitand(12,10)+gcd(12,18)", 14.0);
        check("2E", 2e18);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "iw/",
            "(",
            ")",
            "()",
            "foo",
            "foo(1)",
            "min(1)",
            "min(1,2,3)",
            "1 2",
            "iw ih",
            "2^",
            "--2",
            "random(1)",
            "ä",
            "0x",
            ".",
            "e",
            "1;",
            ";1",
        ] {
            assert!(Expression::parse(text, &["iw", "ih"]).is_err() || text == "1 2", "{text}");
        }
        let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(Expression::parse(&deep, &[]).is_err());
        let long = "1+".repeat(100_000) + "1";
        assert_eq!(evaluate(&long).ok(), Some(100_001.0));
    }
}
