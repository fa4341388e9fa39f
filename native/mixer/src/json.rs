//! Just enough JSON to tell numbers by name.

use std::fmt::Write;

/// An object under construction; members stand in the order of their adding.
#[derive(Clone, Default)]
pub struct Object(String);

impl Object {
    pub fn count(self, name: &str, value: u64) -> Self {
        self.member(name, format_args!("{value}"))
    }

    /// A fraction with four decimals.
    pub fn fraction(self, name: &str, value: f64) -> Self {
        self.member(name, format_args!("{value:.4}"))
    }

    pub fn text(self, name: &str, value: &str) -> Self {
        let value = quoted(value);
        self.member(name, format_args!("{value}"))
    }

    pub fn object(self, name: &str, value: &Object) -> Self {
        let value = value.line();
        self.member(name, format_args!("{value}"))
    }

    fn member(mut self, name: &str, value: std::fmt::Arguments<'_>) -> Self {
        let comma = if self.0.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{comma}{}: {value}", quoted(name));
        self
    }

    /// The whole object on one line.
    pub fn line(&self) -> String {
        format!("{{{}}}", self.0)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_text_is_escaped() {
        let inner = Object::default().fraction("share", 0.25);
        let object = Object::default().count("b", 2).text("a", "x\"\n").object("c", &inner);
        assert_eq!(object.line(), r#"{"b": 2, "a": "x\"\u000a", "c": {"share": 0.2500}}"#);
    }
}
