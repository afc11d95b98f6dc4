//! A sentence model that is small enough to be made in a test: made-up weights, a few words.

use std::fs;
use std::path::Path;

/// What stands around texts and for what is unknown, then the words that it knows.
pub(crate) const WORDS: &[&str] = &[
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "mow", "the", "lawn", "sweep", "garden", "tractor", "by", "meadow", "##s",
    "cut",
];
pub(crate) const DIMS: usize = 8;
pub(crate) const HEADS: usize = 2;
pub(crate) const LAYERS: usize = 2;
pub(crate) const PLACES: usize = 16;
const WIDE: usize = 12;

/// Its three files, as they are before they are written.
#[derive(Clone)]
pub(crate) struct TinyModel {
    /// The weights with their names and shapes.
    pub(crate) weights: Vec<(String, Vec<usize>, Vec<f32>)>,
    pub(crate) tokenizer: String,
    pub(crate) config: String,
}

impl TinyModel {
    /// Returns a model to which a lawn and a garden are the same.
    pub(crate) fn new() -> Self {
        let mut made = Self { weights: Vec::new(), tokenizer: tokenizer(), config: config() };
        made.add("embeddings.word_embeddings.weight", &[WORDS.len(), DIMS], 1.0);
        let tokens = &mut made.weights[0].2;
        tokens.copy_within(6 * DIMS..7 * DIMS, 8 * DIMS);
        made.add("embeddings.position_embeddings.weight", &[PLACES, DIMS], 0.05);
        made.add("embeddings.token_type_embeddings.weight", &[2, DIMS], 0.05);
        made.add_norm("embeddings");
        for layer in 0..LAYERS {
            let name = |rest: &str| format!("encoder.layer.{layer}.{rest}");
            for square in
                ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
            {
                made.add_layer(&name(square), DIMS, DIMS);
            }
            made.add_norm(&name("attention.output"));
            made.add_layer(&name("intermediate.dense"), WIDE, DIMS);
            made.add_layer(&name("output.dense"), DIMS, WIDE);
            made.add_norm(&name("output"));
        }
        made
    }

    fn add_layer(&mut self, name: &str, out: usize, into: usize) {
        self.add(&format!("{name}.weight"), &[out, into], 0.3);
        self.add(&format!("{name}.bias"), &[out], 0.1);
    }

    fn add_norm(&mut self, name: &str) {
        self.add(&format!("{name}.LayerNorm.weight"), &[DIMS], 0.2);
        self.add(&format!("{name}.LayerNorm.bias"), &[DIMS], 0.1);
        let count = self.weights.len();
        self.weights[count - 2].2.iter_mut().for_each(|number| *number += 1.0);
    }

    /// Adds numbers that look drawn, and are the same each time.
    fn add(&mut self, name: &str, shape: &[usize], scale: f32) {
        let mut seed = 7 + self.weights.len() as u64;
        let number = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale
        };
        let numbers = (0..shape.iter().product()).map(number).collect();
        self.weights.push((name.to_owned(), shape.to_vec(), numbers));
    }

    /// Returns the weights as the bytes of a file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut numbers = Vec::new();
        let mut heads = Vec::new();
        for (name, shape, weights) in &self.weights {
            let from = numbers.len();
            numbers.extend(weights.iter().flat_map(|number| number.to_le_bytes()));
            let to = numbers.len();
            heads.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{from},{to}]}}"#));
        }
        let mut head = format!("{{{}}}", heads.join(","));
        head.push_str(&" ".repeat(head.len().next_multiple_of(8) - head.len()));
        [(head.len() as u64).to_le_bytes().to_vec(), head.into_bytes(), numbers].concat()
    }

    /// Writes the three files into a folder, which it makes.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("model.safetensors"), self.bytes()).unwrap();
        fs::write(folder.join("tokenizer.json"), &self.tokenizer).unwrap();
        fs::write(folder.join("config.json"), &self.config).unwrap();
    }
}

/// A tokenizer that cuts and fills texts, as those that are passed on do.
fn tokenizer() -> String {
    let words: Vec<String> = WORDS.iter().enumerate().map(|(place, word)| format!(r#""{word}":{place}"#)).collect();
    let special = |name, id| format!(r#""{name}":{{"id":"{name}","ids":[{id}],"tokens":["{name}"]}}"#);
    let part = |name| format!(r#"{{"SpecialToken":{{"id":"{name}","type_id":0}}}}"#);
    let text = r#"{"Sequence":{"id":"A","type_id":0}}"#;
    format!(
        r###"{{"version":"1.0","truncation":{{"direction":"Right","max_length":5,"strategy":"LongestFirst","stride":0}},
        "padding":{{"strategy":{{"Fixed":12}},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"}},
        "added_tokens":[],"normalizer":{{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}},
        "pre_tokenizer":{{"type":"BertPreTokenizer"}},
        "post_processor":{{"type":"TemplateProcessing","single":[{},{text},{}],"pair":[{text},{{"Sequence":{{"id":"B","type_id":1}}}}],"special_tokens":{{{},{}}}}},
        "decoder":null,"model":{{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{{{}}}}}}}"###,
        part("[CLS]"),
        part("[SEP]"),
        special("[CLS]", 2),
        special("[SEP]", 3),
        words.join(",")
    )
}

fn config() -> String {
    format!(
        r#"{{"model_type":"bert","hidden_act":"gelu","hidden_size":{DIMS},"intermediate_size":{WIDE},"layer_norm_eps":1e-12,
        "max_position_embeddings":{PLACES},"num_attention_heads":{HEADS},"num_hidden_layers":{LAYERS},"type_vocab_size":2,
        "vocab_size":{}}}"#,
        WORDS.len()
    )
}
