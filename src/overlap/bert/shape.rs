//! How large a model is, as its `config.json` says.

use serde_json::Value;

use crate::overlap::direction::NUMBERS_MAX;

/// How a model bends what it has added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bend {
    /// GELU by the error function.
    Exact,
    /// GELU by its approximation with tanh.
    Tanh,
    /// Nothing below zero.
    Relu,
}

/// How large a model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// So many tokens it knows.
    pub(super) tokens: usize,
    /// So many tokens a text may have.
    pub(super) places: usize,
    /// So many parts a text may have; it always has one.
    pub(super) parts: usize,
    /// So many numbers a token has, and the answer.
    pub(super) dims: usize,
    /// So many numbers it has between two layers of weights.
    pub(super) wide: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) epsilon: f64,
    pub(super) bend: Bend,
}

impl Shape {
    /// Reads a shape; otherwise says why it is none that is known here.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let config: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let word = |key: &str, else_: &'static str| config[key].as_str().map_or(else_.to_owned(), str::to_owned);
        let number = |key: &str, most: usize| {
            let found = config[key].as_u64().and_then(|number| usize::try_from(number).ok());
            found.filter(|number| (1..=most).contains(number)).ok_or(format!("`{key}` is no number from 1 to {most}"))
        };
        let (model_type, positions) = (word("model_type", "none"), word("position_embedding_type", "absolute"));
        if model_type != "bert" || positions != "absolute" {
            return Err(format!("`model_type` is `{model_type}` with {positions} positions, and only `bert` is known"));
        }
        let bend = match word("hidden_act", "none").as_str() {
            "gelu" => Bend::Exact,
            "gelu_new" | "gelu_pytorch_tanh" => Bend::Tanh,
            "relu" => Bend::Relu,
            other => return Err(format!("`hidden_act` is `{other}`, and only GELU and ReLU are known")),
        };
        let epsilon = config["layer_norm_eps"].as_f64().filter(|epsilon| (0.0..1.0).contains(epsilon));
        let shape = Self {
            tokens: number("vocab_size", 1 << 20)?,
            places: number("max_position_embeddings", 1 << 16)?,
            parts: number("type_vocab_size", 16)?,
            dims: number("hidden_size", NUMBERS_MAX)?,
            wide: number("intermediate_size", 4 * NUMBERS_MAX)?,
            layers: number("num_hidden_layers", 64)?,
            heads: number("num_attention_heads", 256)?,
            epsilon: epsilon.ok_or("`layer_norm_eps` is no number below 1")?,
            bend,
        };
        let is_even = shape.dims.is_multiple_of(shape.heads);
        is_even.then_some(shape).ok_or(format!("{} heads do not share {} numbers", shape.heads, shape.dims))
    }
}
