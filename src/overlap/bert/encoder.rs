//! Texts in, directions out.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use candle_core::DType;
use candle_core::Device;
use candle_nn::VarBuilder;
use sha2::Digest;
use sha2::Sha256;
use tokenizers::PostProcessor;
use tokenizers::Tokenizer;
use tokenizers::TruncationParams;

use crate::overlap::bert::layers::Bert;
use crate::overlap::bert::shape::Shape;
use crate::overlap::direction::direction;
use crate::overlap::direction::is_direction;

/// Longer texts are cut: a title has far less.
const TEXT_CHARACTERS_MAX: usize = 512;
const TOKENS_MAX: usize = 512;
/// So many tokens are computed at once: more are no faster, and take memory.
const BATCH_TOKENS: usize = 1_024;
/// So much is told of what a library complains about.
const REASON_CHARACTERS_MAX: usize = 200;

/// A model that says what texts mean.
pub struct Encoder {
    tokenizer: Tokenizer,
    bert: Bert,
    shape: Shape,
}

/// Why a model is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncoderFault {
    #[error("`config.json`: {0}")]
    Shape(String),
    #[error("`tokenizer.json`: {0}")]
    Tokenizer(String),
    #[error("`model.safetensors`: {0}")]
    Weights(String),
    #[error("it computes nothing: {0}")]
    Computed(String),
}

impl Encoder {
    /// Reads a model from the bytes of its three files.
    pub fn read(weights: &[u8], tokenizer: &[u8], config: &[u8]) -> Result<Self, EncoderFault> {
        let shape = Shape::read(config).map_err(EncoderFault::Shape)?;
        let of_tokenizer = |error| EncoderFault::Tokenizer(first_line(error));
        let mut tokenizer = kept_whole(|| Tokenizer::from_bytes(tokenizer).map_err(of_tokenizer))?;
        let most = shape.places.min(TOKENS_MAX);
        // What stands around each text has to leave room for one.
        let around = tokenizer.get_post_processor().map_or(0, |added| added.added_tokens(false));
        if around >= most {
            return Err(EncoderFault::Tokenizer(format!("it puts {around} tokens around a text, of {most} in all")));
        }
        let cut = TruncationParams { max_length: most, ..TruncationParams::default() };
        tokenizer.with_padding(None).with_truncation(Some(cut)).map_err(of_tokenizer)?;
        let of_weights = |error| EncoderFault::Weights(first_line(error));
        let weights = VarBuilder::from_slice_safetensors(weights, DType::F32, &Device::Cpu).map_err(of_weights)?;
        let bert = Bert::load(weights, &shape).map_err(of_weights)?;
        Ok(Self { tokenizer, bert, shape })
    }

    /// Returns what each text means, as a direction; nothing for those that it comes to when time is up.
    pub fn directions(
        &self,
        texts: &[&str],
        is_late: impl Fn() -> bool,
    ) -> Result<Vec<Option<Vec<f32>>>, EncoderFault> {
        let tokens: Vec<Vec<u32>> = texts.iter().map(|text| self.tokens(text)).collect::<Result<_, _>>()?;
        let mut by_length: Vec<usize> = (0..texts.len()).collect();
        by_length.sort_by_key(|place| tokens[*place].len());
        let mut known = vec![None; texts.len()];
        for same_length in by_length.chunk_by(|one, other| tokens[*one].len() == tokens[*other].len()) {
            let count = tokens[same_length[0]].len();
            for batch in same_length.chunks((BATCH_TOKENS / count.max(1)).max(1)) {
                if is_late() {
                    return Ok(known);
                }
                let batch_tokens: Vec<&[u32]> = batch.iter().map(|place| tokens[*place].as_slice()).collect();
                for (place, found) in batch.iter().zip(self.computed(&batch_tokens)?) {
                    known[*place] = Some(found);
                }
            }
        }
        Ok(known)
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>, EncoderFault> {
        let cut: String = text.chars().take(TEXT_CHARACTERS_MAX).collect();
        let encode = || self.tokenizer.encode_fast(cut, true);
        let encoding = kept_whole(|| encode().map_err(|error| EncoderFault::Tokenizer(first_line(error))))?;
        let tokens = encoding.get_ids().to_vec();
        match tokens.iter().find(|token| **token as usize >= self.shape.tokens) {
            Some(token) => Err(EncoderFault::Tokenizer(format!("it names token {token} of {}", self.shape.tokens))),
            None => Ok(tokens),
        }
    }

    fn computed(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, EncoderFault> {
        // Nothing is known of a text without any token.
        if texts.iter().all(|text| text.is_empty()) {
            return Ok(vec![vec![0.0; self.shape.dims]; texts.len()]);
        }
        let means = self.bert.means(texts).map_err(|error| EncoderFault::Computed(first_line(error)))?;
        let found: Vec<Vec<f32>> = means.into_iter().map(direction).collect();
        if found.iter().all(|numbers| is_direction(numbers)) {
            return Ok(found);
        }
        Err(EncoderFault::Computed("what comes out are no finite numbers".to_owned()))
    }
}

/// Returns the SHA-256 of a model's files, one after the other: what `cat` and `sha256sum` say of them.
pub fn identity(weights: &[u8], tokenizer: &[u8], config: &[u8]) -> String {
    let hash = [weights, tokenizer, config].iter().fold(Sha256::new(), |hash, bytes| hash.chain_update(bytes));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The library breaks off at a tokenizer that contradicts itself, such as one that names what it does not define. Nobody is to lose
/// a claim for that; what it worked on is not used again.
fn kept_whole<T>(work: impl FnOnce() -> Result<T, EncoderFault>) -> Result<T, EncoderFault> {
    let broken_off =
        |_| Err(EncoderFault::Tokenizer("it contradicts itself, so that its library broke off".to_owned()));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(broken_off)
}

fn first_line(error: impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(REASON_CHARACTERS_MAX).collect()
}
