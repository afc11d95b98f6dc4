//! The model against one that is computed number by number, and against files that are none.

use crate::overlap::bert::Encoder;
use crate::overlap::bert::EncoderFault;
use crate::overlap::bert::identity;
use crate::overlap::bert::tiny_model::DIMS;
use crate::overlap::bert::tiny_model::HEADS;
use crate::overlap::bert::tiny_model::LAYERS;
use crate::overlap::bert::tiny_model::PLACES;
use crate::overlap::bert::tiny_model::TinyModel;
use crate::overlap::bert::tiny_model::WORDS;

type Rows = Vec<Vec<f64>>;

/// The same model as loops over numbers, of the definition and not of the code beside.
struct ByHand(TinyModel);

impl ByHand {
    fn weights(&self, name: &str) -> Rows {
        let (_, shape, numbers) = self.0.weights.iter().find(|(known, ..)| known == name).unwrap();
        numbers
            .chunks(*shape.last().unwrap())
            .map(|row| row.iter().map(|number| f64::from(*number)).collect())
            .collect()
    }

    fn linear(&self, name: &str, rows: &Rows) -> Rows {
        let (weights, bias) =
            (self.weights(&format!("{name}.weight")), self.weights(&format!("{name}.bias")).remove(0));
        let dot = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>();
        let out = |row: &Vec<f64>| weights.iter().zip(&bias).map(|(weights, bias)| dot(weights, row) + bias).collect();
        rows.iter().map(out).collect()
    }

    fn norm(&self, name: &str, rows: Rows) -> Rows {
        let [scale, shift] = ["weight", "bias"].map(|of| self.weights(&format!("{name}.LayerNorm.{of}")).remove(0));
        let one = |row: Vec<f64>| {
            let mean = row.iter().sum::<f64>() / DIMS as f64;
            let spread = (row.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / DIMS as f64).sqrt();
            (0..DIMS).map(|place| (row[place] - mean) / spread * scale[place] + shift[place]).collect()
        };
        rows.into_iter().map(one).collect()
    }

    fn attended(&self, layer: &str, rows: &Rows) -> Rows {
        let [query, key, value] =
            ["query", "key", "value"].map(|part| self.linear(&format!("{layer}.attention.self.{part}"), rows));
        let size = DIMS / HEADS;
        let mut found = vec![vec![0.0; DIMS]; rows.len()];
        for head in 0..HEADS {
            let part = head * size..(head + 1) * size;
            for (place, query) in query.iter().enumerate() {
                let near =
                    |key: &Vec<f64>| part.clone().map(|at| query[at] * key[at]).sum::<f64>() / (size as f64).sqrt();
                let shares: Vec<f64> = key.iter().map(|key| near(key).exp()).collect();
                let whole: f64 = shares.iter().sum();
                for at in part.clone() {
                    found[place][at] = shares.iter().zip(&value).map(|(share, value)| share / whole * value[at]).sum();
                }
            }
        }
        found
    }

    fn direction(&self, tokens: &[usize]) -> Vec<f64> {
        let [words, places, parts] = ["word", "position", "token_type"]
            .map(|kind| self.weights(&format!("embeddings.{kind}_embeddings.weight")));
        let token = |(place, token): (usize, &usize)| {
            (0..DIMS).map(|at| words[*token][at] + places[place][at] + parts[0][at]).collect()
        };
        let mut rows = self.norm("embeddings", tokens.iter().enumerate().map(token).collect());
        for layer in 0..LAYERS {
            let layer = format!("encoder.layer.{layer}");
            let attended = self.linear(&format!("{layer}.attention.output.dense"), &self.attended(&layer, &rows));
            let joined = self.norm(&format!("{layer}.attention.output"), sum(&attended, &rows));
            let mut wide = self.linear(&format!("{layer}.intermediate.dense"), &joined);
            wide.iter_mut().flatten().for_each(|number| *number *= (1.0 + erf(*number / 2f64.sqrt())) / 2.0);
            rows = self
                .norm(&format!("{layer}.output"), sum(&self.linear(&format!("{layer}.output.dense"), &wide), &joined));
        }
        let mean: Vec<f64> =
            (0..DIMS).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64).collect();
        let length = mean.iter().map(|number| number * number).sum::<f64>().sqrt();
        mean.into_iter().map(|number| number / length).collect()
    }
}

fn sum(one: &Rows, other: &Rows) -> Rows {
    let row = |(one, other): (&Vec<f64>, &Vec<f64>)| one.iter().zip(other).map(|(one, other)| one + other).collect();
    one.iter().zip(other).map(row).collect()
}

/// The error function by its series, exact enough for the numbers of a small model.
fn erf(at: f64) -> f64 {
    let mut term = at;
    let mut found = at;
    for step in 1..200 {
        term *= -at * at / f64::from(step);
        found += term / f64::from(2 * step + 1);
    }
    found * 2.0 / std::f64::consts::PI.sqrt()
}

fn read(model: &TinyModel) -> Result<Encoder, EncoderFault> {
    Encoder::read(&model.bytes(), model.tokenizer.as_bytes(), model.config.as_bytes())
}

fn directions(model: &TinyModel, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderFault> {
    let said = read(model)?.directions(texts, || false)?;
    Ok(said.into_iter().map(|one| one.unwrap()).collect())
}

/// The tokens of texts in words that the model knows: what stands around each is put there.
fn tokens(words: &[&str]) -> Vec<usize> {
    let words = words.iter().map(|word| WORDS.iter().position(|known| known == word).unwrap());
    [2].into_iter().chain(words.take(PLACES - 2)).chain([3]).collect()
}

#[test]
fn model_computes_what_its_definition_says() {
    let by_hand = ByHand(TinyModel::new());
    let long = "mow the lawn by tractor ".repeat(8);
    let cases = [
        ("Mow the lawn", vec!["mow", "the", "lawn"]),
        ("Sweep the gardens", vec!["sweep", "the", "garden", "##s"]),
        ("cut THE meadow", vec!["cut", "the", "meadow"]),
        ("", vec![]),
        ("mow quickly", vec!["mow", "[UNK]"]),
        // The file says to cut at five tokens and to fill up to twelve; the model takes sixteen.
        (long.as_str(), long.split(' ').filter(|word| !word.is_empty()).collect()),
    ];
    let texts = cases.each_ref().map(|(text, _)| *text);
    let said = directions(&by_hand.0, &texts).unwrap();
    for ((text, words), said) in cases.iter().zip(&said) {
        let expected = by_hand.direction(&tokens(words));
        let is_near = said.iter().zip(&expected).all(|(said, expected)| (f64::from(*said) - expected).abs() < 1e-5);
        assert!(is_near && said.len() == DIMS, "{text}: {said:?} {expected:?}");
        let alone = directions(&by_hand.0, &[text]).unwrap();
        assert!(alone[0].iter().zip(said).all(|(one, other)| (one - other).abs() < 1e-6), "{text}");
    }
    assert_ne!(said[0], said[2]);
}

#[test]
fn nothing_is_said_once_it_is_late() {
    let encoder = read(&TinyModel::new()).unwrap();
    assert_eq!(encoder.directions(&["mow", "the lawn"], || true).unwrap(), [None, None]);
    let asked = std::cell::Cell::new(0);
    let after_one = || asked.replace(asked.get() + 1) > 0;
    let said = encoder.directions(&["mow the lawn", "mow"], after_one).unwrap();
    assert!(said[0].is_none() && said[1].is_some());
}

#[test]
fn config_that_does_not_fit_is_told() {
    let model = TinyModel::new();
    let with = |from: &str, to: &str| {
        let config = model.config.replace(from, to);
        assert_ne!(config, model.config, "{from}");
        read(&TinyModel { config, ..model.clone() }).err()
    };
    assert_eq!(
        with(r#""hidden_act":"gelu""#, r#""hidden_act": "gelu", "other": 1"#),
        None,
        "what else there is matters not"
    );
    for (from, to, part) in [
        ("\"bert\"", "\"xlm-roberta\"", "only `bert`"),
        ("\"gelu\"", "\"swish\"", "`swish`"),
        ("heads\":2", "heads\":0", "`num_attention_heads`"),
        ("heads\":2", "heads\":3", "3 heads do not share 8"),
        ("heads\":2", "heads\":-2", "`num_attention_heads`"),
        ("hidden_size\":8", "hidden_size\":1e9", "`hidden_size`"),
        ("hidden_size", "hidden", "`hidden_size`"),
        ("1e-12", "null", "`layer_norm_eps`"),
        ("{", "[", "expected"),
    ] {
        assert!(matches!(with(from, to), Some(EncoderFault::Shape(why)) if why.contains(part)), "{to}");
    }
    // What it says and what the weights are differ.
    for (from, to) in
        [("hidden_size\":8", "hidden_size\":16"), ("layers\":2", "layers\":3"), ("vocab_size\":14", "vocab_size\":15")]
    {
        assert!(matches!(with(from, to), Some(EncoderFault::Weights(_))), "{to}");
    }
}

#[test]
fn weights_that_do_not_fit_are_told() {
    let model = TinyModel::new();
    for place in 0..model.weights.len() {
        let mut gone = model.clone();
        let (name, ..) = gone.weights.remove(place);
        assert!(matches!(read(&gone).err(), Some(EncoderFault::Weights(why)) if why.contains(&name)), "{name}");
        let mut other = model.clone();
        let (_, shape, weights) = &mut other.weights[place];
        shape[0] -= 1;
        weights.truncate(shape.iter().product());
        assert!(matches!(read(&other).err(), Some(EncoderFault::Weights(_))), "{name}");
    }
    let mut nested = model.clone();
    nested.weights.iter_mut().for_each(|(name, ..)| *name = format!("bert.{name}"));
    assert_eq!(directions(&nested, &["mow"]), directions(&model, &["mow"]));
    let mut infinite = model.clone();
    infinite.weights[0].2.fill(f32::NAN);
    assert!(matches!(directions(&infinite, &["mow"]), Err(EncoderFault::Computed(_))));
}

/// Whatever is damaged, it is told or it does not matter, and nothing breaks off.
#[test]
fn damaged_files_break_nothing_off() {
    let model = TinyModel::new();
    let (weights, config) = (model.bytes(), model.config.as_bytes());
    let tokenizer = model.tokenizer.as_bytes();
    let head = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    for cut in (0..head + 64).step_by(7) {
        assert!(Encoder::read(&weights[..cut], tokenizer, config).is_err(), "cut at {cut}");
    }
    let said = |weights: &[u8], tokenizer: &[u8]| {
        Encoder::read(weights, tokenizer, config)
            .and_then(|encoder| encoder.directions(&["mow the lawn"], || false))
            .ok()
    };
    for at in 0..head {
        for change in [0x01, 0x10, 0x80] {
            let mut damaged = weights.clone();
            damaged[at] ^= change;
            said(&damaged, tokenizer);
        }
    }
    for at in 0..tokenizer.len() {
        assert!(said(&weights, &tokenizer[..at]).is_none(), "cut at {at}");
        for change in [0x01, 0x10] {
            let mut damaged = tokenizer.to_vec();
            damaged[at] ^= change;
            said(&weights, &damaged);
        }
    }
    assert!(said(&weights, tokenizer).is_some());
}

#[test]
fn tokenizer_that_does_not_fit_is_told() {
    let model = TinyModel::new();
    let with = |from: &str, to: &str| {
        let tokenizer = model.tokenizer.replace(from, to);
        assert_ne!(tokenizer, model.tokenizer, "{from}");
        directions(&TinyModel { tokenizer, ..model.clone() }, &["mow the lawn"])
    };
    let expected = directions(&model, &["mow the lawn"]);
    assert_eq!(with("\"Fixed\":12", "\"Fixed\":13"), expected);
    assert_eq!(with("\"max_length\":5", "\"max_length\":2"), expected);
    for (from, to) in [
        ("\"mow\":4", "\"mow\":4000"),
        ("\"WordPiece\"", "\"Unheard\""),
        ("\"unk_token\":\"[UNK]\"", "\"unk_token\":5"),
        // It is not defined, and the library breaks off.
        ("\"SpecialToken\":{\"id\":\"[CLS]\"", "\"SpecialToken\":{\"id\":\"[XLS]\""),
        ("\"ids\":[2]", "\"ids\":[2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2]"),
    ] {
        assert!(matches!(with(from, to), Err(EncoderFault::Tokenizer(_))), "{to}");
    }
}

#[test]
fn model_is_told_apart_by_all_its_files() {
    assert_eq!(identity(b"a", b"b", b"c"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ne!(identity(b"a", b"b", b"d"), identity(b"a", b"b", b"c"));
}
