//! How values are remembered: their own small encoding, because the values of the rules carry no serialisation.

use crate::model::Digest;
use crate::model::ObjectId;

/// A value that can be remembered.
pub(crate) trait Pack: Sized {
    fn pack(&self, out: &mut Vec<u8>);
    /// Returns the value, or `None` if the bytes are not one.
    fn unpack(input: &mut &[u8]) -> Option<Self>;
}

/// Implements [`Pack`] for a structure by its fields, in this order.
macro_rules! pack_fields {
    ($($type:ty { $($field:ident),+ $(,)? })+) => {$(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                $(self.$field.pack(out);)+
            }

            fn unpack(input: &mut &[u8]) -> Option<Self> {
                $(let $field = Pack::unpack(input)?;)+
                Some(Self { $($field),+ })
            }
        }
    )+};
}

/// Implements [`Pack`] for an enumeration by the number of its value.
macro_rules! pack_values {
    ($($type:ident { $($variant:ident),+ $(,)? })+) => {$(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                let values = [$(Self::$variant),+];
                let number = values.iter().position(|value| value == self).expect("every value is listed");
                out.push(number as u8);
            }

            fn unpack(input: &mut &[u8]) -> Option<Self> {
                let values = [$(Self::$variant),+];
                values.get(usize::from(u8::unpack(input)?)).copied()
            }
        }
    )+};
}

/// Implements [`Pack`] for a checked value by its text.
macro_rules! pack_texts {
    ($($type:ty = $parse:expr),+ $(,)?) => {$(
        impl Pack for $type {
            fn pack(&self, out: &mut Vec<u8>) {
                pack_bytes(self.to_string().as_bytes(), out);
            }

            fn unpack(input: &mut &[u8]) -> Option<Self> {
                $parse(std::str::from_utf8(unpack_bytes(input)?).ok()?).ok()
            }
        }
    )+};
}

pub(crate) use pack_fields;
pub(crate) use pack_texts;
pub(crate) use pack_values;

pub(crate) fn pack_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u64).pack(out);
    out.extend(bytes);
}

pub(crate) fn unpack_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u64::unpack(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

impl Pack for u8 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let (first, rest) = input.split_first()?;
        *input = rest;
        Some(*first)
    }
}

impl Pack for u64 {
    /// Seven bits a byte, the lowest first.
    fn pack(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push((rest as u8) | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = u8::unpack(input)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Some(u8::unpack(input)? == 1)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_bytes(self.as_bytes(), out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(unpack_bytes(input)?.to_vec()).ok()
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        if bool::unpack(input)? { Some(Some(T::unpack(input)?)) } else { Some(None) }
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        (self.len() as u64).pack(out);
        self.iter().for_each(|value| value.pack(out));
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let length = u64::unpack(input)?;
        (0..length).map(|_| T::unpack(input)).collect()
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Some((A::unpack(input)?, B::unpack(input)?))
    }
}

impl Pack for ObjectId {
    fn pack(&self, out: &mut Vec<u8>) {
        pack_bytes(self.as_bytes(), out);
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::from_bytes(unpack_bytes(input)?)
    }
}

impl Pack for Digest {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend(self.as_bytes());
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(Self::new(*bytes))
    }
}

impl Pack for () {
    fn pack(&self, _out: &mut Vec<u8>) {}

    fn unpack(_input: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}
