//! The files on a smartcard that lead to bootstrap data, and that data (OMA LwM2M TS Core Appendix G; the directory
//! files are PKCS#15 in BER). Bytes in, views out; how the card is reached is `modem::apdu`.

/// EF(ODF), the directory of directories below the PKCS#15 application.
pub const ODF: u16 = 0x5031;

/// Tags of BER objects.
mod tag {
    pub const OCTETS: u8 = 0x04;
    pub const IDENTIFIER: u8 = 0x06;
    pub const SEQUENCE: u8 = 0x30;
    /// File control parameters (ETSI TS 102 221 11.1.1.3).
    pub const PARAMETERS: u8 = 0x62;
    /// In them: number of data bytes.
    pub const FILE_SIZE: u8 = 0x80;
    /// In EF(ODF): where a directory of data objects is.
    pub const DATA_OBJECTS: u8 = 0xA7;
    /// In EF(DODF): a data object known by its identifier; inside it, its type attributes.
    pub const IDENTIFIED: u8 = 0xA1;
    /// What an erased byte of a file reads as: no object follows.
    pub const PADDING: u8 = 0xFF;
}

/// The directories of data objects that EF(ODF) names, the first one being the most important.
pub fn directories(odf: &[u8]) -> impl Iterator<Item = u16> {
    each(odf, tag::DATA_OBJECTS).filter_map(path)
}

/// The bootstrap file that a directory of data objects names; `None` when it names none.
pub fn bootstrap_file(dodf: &[u8]) -> Option<u16> {
    each(dodf, tag::IDENTIFIED).find_map(|object| {
        let attributes = inside(object, &[tag::IDENTIFIED, tag::SEQUENCE])?;
        let identifier = match inside(attributes, &[tag::IDENTIFIER])? {
            // An example of the standard has the whole object once more inside, and so have cards.
            [tag::IDENTIFIER, 4, nested @ ..] => nested,
            identifier => identifier,
        };
        // 2.23.43.9.1
        if identifier == [0x67, 0x2B, 0x09, 0x01] {
            path(attributes)
        } else {
            None
        }
    })
}

/// The number of data bytes in a file, from what selecting it answers; `None` when that does not say.
pub fn file_size(parameters: &[u8]) -> Option<usize> {
    let size = inside(parameters, &[tag::PARAMETERS, tag::FILE_SIZE])?;
    Some(
        size.iter()
            .fold(0, |size, byte| size << 8 | usize::from(*byte)),
    )
}

/// The file at the end of a PKCS#15 path: the directories before it are those of the application.
#[cfg_attr(target_os = "none", inline(never))]
fn path(value: &[u8]) -> Option<u16> {
    match inside(value, &[tag::SEQUENCE, tag::OCTETS])? {
        [.., high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// What the first objects with these tags hold, each of them inside the one before.
#[cfg_attr(target_os = "none", inline(never))]
fn inside<'a>(bytes: &'a [u8], tags: &[u8]) -> Option<&'a [u8]> {
    let mut value = bytes;
    for tag in tags {
        let mut rest = value;
        value = take(&mut rest, *tag)?;
    }
    Some(value)
}

/// What the objects with a tag hold.
fn each(bytes: &[u8], tag: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    core::iter::from_fn(move || take(&mut rest, tag))
}

/// Takes BER objects off up to one with this tag and gives what it holds: tags of one byte, lengths of at most two. `None` at padding, at
/// anything malformed, and when there is no such object.
#[cfg_attr(target_os = "none", inline(never))]
fn take<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    loop {
        let (own, length, rest) = match **bytes {
            [own, 0x82, high, low, ref rest @ ..] => {
                (own, u16::from_be_bytes([high, low]).into(), rest)
            }
            [own, 0x81, length, ref rest @ ..] => (own, length.into(), rest),
            [own, length @ 0..=0x7F, ref rest @ ..] => (own, usize::from(length), rest),
            _ => return None,
        };
        if own == tag::PADDING {
            return None;
        }
        let (value, rest) = rest.split_at_checked(length)?;
        *bytes = rest;
        if own == tag {
            return Some(value);
        }
    }
}

/// The contents of EF(LwM2M_Bootstrap): an iterator over object id and TLV, which nobody has looked into yet. Objects of a
/// major version other than 1 are left out, since nothing is known of their resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap<'a> {
    /// Objects that follow.
    count: u16,
    /// Their bytes.
    rest: &'a [u8],
}

impl<'a> Bootstrap<'a> {
    /// The contents of a file; what is behind them is padding. `None` when the file is empty or not well-formed from its
    /// first to its last object: then none of it can be trusted.
    pub fn new(file: &'a [u8]) -> Option<Bootstrap<'a>> {
        let (count, rest) = number(file)?;
        let (size, rest) = number(rest)?;
        let bootstrap = Bootstrap {
            count,
            rest: rest.get(..size.into())?,
        };
        let mut walk = bootstrap.clone();
        while walk.step().is_some() {}
        (count != 0 && walk.count == 0 && walk.rest.is_empty()).then_some(bootstrap)
    }

    /// Before the iteration: how many bytes of the file count, in bytes; the others are padding.
    pub const fn file_length(&self) -> usize {
        4 + self.rest.len()
    }

    /// Whether the next object's version is known, and the object; `None` at the end, or where the bytes make no object.
    fn step(&mut self) -> Option<(bool, (u16, &'a [u8]))> {
        let count = self.count.checked_sub(1)?;
        let (object, rest) = number(self.rest)?;
        // Zero alone stands for the version that goes without saying.
        let (major, rest) = match *rest {
            [0, ref rest @ ..] => (1, rest),
            [major, _minor, ref rest @ ..] => (major, rest),
            _ => return None,
        };
        let (length, rest) = number(rest)?;
        let (tlv, rest) = rest.split_at_checked(length.into())?;
        *self = Bootstrap { count, rest };
        Some((major == 1, (object, tlv)))
    }
}

impl<'a> Iterator for Bootstrap<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        loop {
            if let (true, object) = self.step()? {
                return Some(object);
            }
        }
    }
}

/// A number of two bytes and what follows.
#[cfg_attr(target_os = "none", inline(never))]
fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    match *bytes {
        [high, low, ref rest @ ..] => Some((u16::from_be_bytes([high, low]), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
