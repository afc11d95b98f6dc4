//! What a BERT computes: for texts of one length, the mean of what it makes of their tokens.
//!
//! Texts of one length need no padding, and so no mask: the mean over the mask is the mean.

use candle_core::D;
use candle_core::Device;
use candle_core::Result;
use candle_core::Tensor;
use candle_nn::Embedding;
use candle_nn::LayerNorm;
use candle_nn::Linear;
use candle_nn::Module;
use candle_nn::VarBuilder;
use candle_nn::embedding;
use candle_nn::layer_norm;
use candle_nn::linear;
use candle_nn::ops::softmax;

use crate::overlap::bert::shape::Bend;
use crate::overlap::bert::shape::Shape;

/// The weights of a model, in the order of their use.
pub(super) struct Bert {
    tokens: Embedding,
    places: Embedding,
    parts: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    joined: Linear,
    joined_norm: LayerNorm,
    widened: Linear,
    narrowed: Linear,
    norm: LayerNorm,
    heads: usize,
    bend: Bend,
}

impl Bert {
    /// Takes the weights by the names that BERT's have; each has to have the shape that was told.
    pub(super) fn load(weights: VarBuilder<'_>, shape: &Shape) -> Result<Self> {
        const FIRST: &str = "embeddings.word_embeddings.weight";
        let is_nested = !weights.contains_tensor(FIRST) && weights.contains_tensor(&format!("bert.{FIRST}"));
        let weights = if is_nested { weights.pp("bert") } else { weights };
        let front = weights.pp("embeddings");
        let layer = |index| Layer::load(weights.pp(format!("encoder.layer.{index}")), shape);
        Ok(Self {
            tokens: embedding(shape.tokens, shape.dims, front.pp("word_embeddings"))?,
            places: embedding(shape.places, shape.dims, front.pp("position_embeddings"))?,
            parts: embedding(shape.parts, shape.dims, front.pp("token_type_embeddings"))?,
            norm: layer_norm(shape.dims, shape.epsilon, front.pp("LayerNorm"))?,
            layers: (0..shape.layers).map(layer).collect::<Result<_>>()?,
        })
    }

    /// Returns the mean over the tokens of each text; all have the same number of them.
    pub(super) fn means(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let count = texts.first().map_or(0, |text| text.len());
        let tokens = Tensor::from_vec(texts.concat(), (texts.len(), count), &Device::Cpu)?;
        let places = Tensor::arange(0, count as u32, &Device::Cpu)?;
        let beside = self.places.forward(&places)?.broadcast_add(&self.parts.forward(&places.zeros_like()?)?)?;
        let mut known = self.norm.forward(&self.tokens.forward(&tokens)?.broadcast_add(&beside)?)?;
        for layer in &self.layers {
            known = layer.forward(&known)?;
        }
        known.mean(1)?.to_vec2()
    }
}

impl Layer {
    fn load(weights: VarBuilder<'_>, shape: &Shape) -> Result<Self> {
        let Shape { dims, wide, epsilon, .. } = *shape;
        let square = |name| linear(dims, dims, weights.pp(name));
        Ok(Self {
            query: square("attention.self.query")?,
            key: square("attention.self.key")?,
            value: square("attention.self.value")?,
            joined: square("attention.output.dense")?,
            joined_norm: layer_norm(dims, epsilon, weights.pp("attention.output.LayerNorm"))?,
            widened: linear(dims, wide, weights.pp("intermediate.dense"))?,
            narrowed: linear(wide, dims, weights.pp("output.dense"))?,
            norm: layer_norm(dims, epsilon, weights.pp("output.LayerNorm"))?,
            heads: shape.heads,
            bend: shape.bend,
        })
    }

    fn forward(&self, before: &Tensor) -> Result<Tensor> {
        let joined = self.joined.forward(&self.attended(before)?)?;
        let joined = self.joined_norm.forward(&(joined + before)?)?;
        let widened = self.widened.forward(&joined)?;
        let bent = match self.bend {
            Bend::Exact => widened.gelu_erf(),
            Bend::Tanh => widened.gelu(),
            Bend::Relu => widened.relu(),
        }?;
        self.norm.forward(&(self.narrowed.forward(&bent)? + joined)?)
    }

    /// Returns what each token takes from the others, head by head.
    fn attended(&self, before: &Tensor) -> Result<Tensor> {
        let (texts, count, dims) = before.dims3()?;
        let size = dims / self.heads;
        let by_heads = |weights: &Linear| {
            weights.forward(before)?.reshape((texts, count, self.heads, size))?.transpose(1, 2)?.contiguous()
        };
        let (query, key, value) = (by_heads(&self.query)?, by_heads(&self.key)?, by_heads(&self.value)?);
        let near = (query.matmul(&key.t()?)? / (size as f64).sqrt())?;
        softmax(&near, D::Minus1)?.matmul(&value)?.transpose(1, 2)?.reshape((texts, count, dims))
    }
}
