//! The command line: `--name value` pairs, each known to its command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, Result};

pub struct Args {
    values: BTreeMap<String, String>,
}

impl Args {
    /// `known`: the names that this command takes.
    pub fn parse(words: impl IntoIterator<Item = String>, known: &[&str]) -> Result<Self> {
        let mut values = BTreeMap::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").filter(|name| known.contains(name));
            let name = name.ok_or_else(|| Error::usage(format!("unknown option {word:?}; known: {known:?}")))?;
            let value = words.next().ok_or_else(|| Error::usage(format!("--{name} needs a value")))?;
            values.insert(name.to_owned(), value);
        }
        Ok(Self { values })
    }

    /// The value of an option, none if it was not given.
    pub fn find<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let parsed = self
            .values
            .get(name)
            .map(|value| value.parse().map_err(|_| Error::usage(format!("--{name}: {value:?} is not such a value"))));
        parsed.transpose()
    }

    pub fn or<T: FromStr>(&self, name: &str, default: T) -> Result<T> {
        Ok(self.find(name)?.unwrap_or(default))
    }

    pub fn path(&self, name: &str) -> Result<PathBuf> {
        self.find(name)?.ok_or_else(|| Error::usage(format!("--{name} is missing")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args> {
        Args::parse(line.split_whitespace().map(str::to_owned), &["packets", "out"])
    }

    #[test]
    fn given_values_win_over_defaults() {
        let args = parse("--packets 12").expect("well formed");
        assert_eq!(args.or("packets", 7u64).ok(), Some(12));
        assert_eq!(args.or("out", 7u64).ok(), Some(7));
    }

    #[test]
    fn what_is_unknown_missing_or_not_a_number_is_an_error() {
        assert!(parse("--colour red").is_err());
        assert!(parse("--packets").is_err());
        assert!(parse("--packets many").expect("well formed").or("packets", 0u64).is_err());
        assert!(parse("").expect("well formed").path("out").is_err());
    }
}
