//! What a mix is made of: `bench/mix.toml`, and `seeds.toml` beside the seeds.

use std::path::Path;

use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::seeds::Session;
use crate::tunnel::Kind;

/// What the payload of a class is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Random,
    Text,
    Dns,
    Mining,
    Other,
}

pub struct ClassRecipe {
    pub name: String,
    /// Of all packets.
    pub share: f64,
    pub content: Content,
}

pub struct Recipe {
    pub seed: u64,
    pub packets: u64,
    pub packets_per_second: u64,
    pub seed_packets_min: u64,
    pub classes: Vec<ClassRecipe>,
    pub tunnels: Vec<(Kind, f64)>,
}

impl Recipe {
    pub fn load(path: &Path) -> Result<Self> {
        let table = table(path)?;
        let wrong = |what: &str| Error::content(path, what);
        let number = |name: &str| {
            let value = table.get(name).and_then(Value::as_integer).and_then(|value| u64::try_from(value).ok());
            value.filter(|&value| value > 0).ok_or_else(|| wrong(&format!("{name} must be a number above 0")))
        };
        let classes = table.get("class").and_then(Value::as_table).ok_or_else(|| wrong("no [class.NAME]"))?;
        let tunnels = table.get("tunnels").and_then(Value::as_table).ok_or_else(|| wrong("no [tunnels]"))?;
        let recipe = Self {
            seed: number("seed")?,
            packets: number("packets")?,
            packets_per_second: number("packets_per_second")?,
            seed_packets_min: number("seed_packets_min")?,
            classes: classes
                .iter()
                .map(|(name, class)| class_recipe(name, class).ok_or_else(|| wrong(&format!("class.{name}"))))
                .collect::<Result<_>>()?,
            tunnels: tunnels
                .iter()
                .map(|(name, share)| tunnel_share(name, share).ok_or_else(|| wrong(&format!("tunnels.{name}"))))
                .collect::<Result<_>>()?,
        };
        let whole: f64 = recipe.classes.iter().map(|class| class.share).sum();
        if (whole - 1.0).abs() > 1e-6 {
            return Err(wrong(&format!("the shares of the classes add up to {whole}, not to 1")));
        }
        Ok(recipe)
    }
}

fn class_recipe(name: &str, class: &Value) -> Option<ClassRecipe> {
    let content = match class.get("content")?.as_str()? {
        "random" => Content::Random,
        "text" => Content::Text,
        "dns" => Content::Dns,
        "mining" => Content::Mining,
        "other" => Content::Other,
        _ => return None,
    };
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    plain.then_some(ClassRecipe { name: name.to_owned(), share: class.get("share")?.as_float()?, content })
}

fn tunnel_share(name: &str, share: &Value) -> Option<(Kind, f64)> {
    Some((Kind::from_name(name)?, share.as_float()?))
}

/// The sessions of each mining class, in the order of its conversations.
pub struct Manifest(Table);

impl Manifest {
    pub fn load(folder: &Path) -> Result<Self> {
        table(&folder.join("seeds.toml")).map(Self)
    }

    /// None if the class is not described, which means that nothing is found in it.
    pub fn sessions(&self, class: &str) -> Option<Vec<Session>> {
        let session = |value: &Value| {
            let count = |name: &str| value.get(name)?.as_integer().and_then(|count| u64::try_from(count).ok());
            Some(Session {
                jobs: count("jobs")?,
                submitted: count("submitted")?,
                accepted: count("accepted")?,
                rejected: count("rejected")?,
            })
        };
        self.0.get(class)?.as_array()?.iter().map(session).collect()
    }
}

fn table(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    text.parse().map_err(|error: toml::de::Error| Error::content(path, error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Recipe> {
        let path = std::env::temp_dir().join(format!("mixer-recipe-{}-{}.toml", std::process::id(), text.len()));
        std::fs::write(&path, text).expect("a writable temporary folder");
        let recipe = Recipe::load(&path);
        std::fs::remove_file(&path).expect("just written");
        recipe
    }

    const HEAD: &str = "seed = 1\npackets = 10\npackets_per_second = 5\nseed_packets_min = 1\n";

    #[test]
    fn the_mix_of_the_project_is_a_recipe() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/mix.toml");
        let recipe = Recipe::load(&path).expect("bench/mix.toml");
        assert_eq!(recipe.classes.iter().filter(|class| class.content == Content::Mining).count(), 4);
        assert!((recipe.tunnels.iter().map(|(_, share)| share).sum::<f64>() - 0.1).abs() < 1e-9);
    }

    #[test]
    fn shares_that_do_not_add_up_and_unknown_words_are_refused() {
        let class = |share: f64, content: &str| format!("[class.a]\nshare = {share:.1}\ncontent = \"{content}\"\n");
        assert!(load(&format!("{HEAD}{}[tunnels]\nvlan = 0.5\n", class(1.0, "text"))).is_ok());
        assert!(load(&format!("{HEAD}{}[tunnels]\n", class(0.5, "text"))).is_err());
        assert!(load(&format!("{HEAD}{}[tunnels]\n", class(1.0, "poetry"))).is_err());
        assert!(load(&format!("{HEAD}{}[tunnels]\nl2tp = 1.0\n", class(1.0, "text"))).is_err());
    }
}
