//! Socket options: values, checks and their bytes. Numbers are turned into meanings by [`super::layout`].

use super::layout::{self, Meaning};
use super::network::{lock, network};
use super::socket::{Kind, Socket};
use crate::errno::{NRF_EINVAL, NRF_ENOBUFS, NRF_ENOPROTOOPT, NRF_EOPNOTSUPP};
use crate::seam::{Generation, generation};

/// Security tags a socket takes at most.
pub const MAX_SEC_TAGS: usize = 7;

/// Settings of one socket.
#[derive(Clone, Debug)]
pub struct Options {
    /// Limit of a blocking receive in ms; none waits for ever.
    pub receive_timeout_ms: Option<i64>,
    /// Limit of a blocking send in ms.
    pub send_timeout_ms: Option<i64>,
    /// Security tags in order of search.
    pub sec_tags: Vec<u32>,
    /// Keep and use sessions for resumption.
    pub session_cache: bool,
    /// Limit of a DTLS handshake in seconds, 0 for none.
    pub handshake_timeout_s: u32,
    /// Cipher suites by IANA number; empty for the default.
    pub suites: Vec<u16>,
    /// Host name to check (kept, without meaning for pre-shared keys).
    pub hostname: Vec<u8>,
    /// Peer verification 0 to 2 (kept, without meaning for pre-shared keys).
    pub peer_verify: u8,
    /// PDN id the socket is bound to; none uses the default connection.
    pub pdn: Option<u8>,
    /// Survive the loss of the packet data connection.
    pub keep_open: bool,
    /// Switches that have no effect on simulated traffic, by option number.
    switches: Vec<(i32, i32)>,
}

impl Options {
    /// Defaults of a generation.
    pub fn new(generation: Generation) -> Options {
        let (session_cache, handshake_timeout_s) = layout::secure_defaults(generation);
        Options {
            receive_timeout_ms: None,
            send_timeout_ms: None,
            sec_tags: Vec::new(),
            session_cache,
            handshake_timeout_s,
            suites: Vec::new(),
            hostname: Vec::new(),
            peer_verify: 2,
            pdn: None,
            keep_open: false,
            switches: Vec::new(),
        }
    }
}

/// Sets an option from its bytes. `NRF_ENOPROTOOPT` for one the generation or the kind of socket does not have.
pub fn set(socket: &Socket, level: i32, number: i32, bytes: &[u8]) -> Result<(), i32> {
    let meaning = meaning(socket, level, number)?;
    let mut state = socket.lock();
    let options = &mut state.options;
    match meaning {
        Meaning::ReceiveTimeout => options.receive_timeout_ms = read_time(bytes)?,
        Meaning::SendTimeout => options.send_timeout_ms = read_time(bytes)?,
        Meaning::SecTagList => {
            let tags = read_list(bytes)?;
            if tags.len() > MAX_SEC_TAGS {
                return Err(NRF_EINVAL);
            }
            options.sec_tags = tags;
        }
        Meaning::SessionCache => options.session_cache = read_limited(bytes, 1)? == 1,
        Meaning::SessionCachePurge => {
            read_limited(bytes, i32::MAX)?;
            lock(&network().resumption).kept.clear();
        }
        Meaning::PeerVerify => options.peer_verify = read_limited(bytes, 2)? as u8,
        Meaning::Hostname => {
            options.hostname = bytes
                .iter()
                .copied()
                .take_while(|byte| *byte != 0)
                .collect()
        }
        Meaning::HandshakeTimeout => {
            let seconds = read_limited(bytes, 123)?;
            match seconds {
                1 | 3 | 7 | 15 | 31 | 63 | 123 => {}
                0 if generation() != Generation::A => {}
                _ => return Err(NRF_EINVAL),
            }
            options.handshake_timeout_s = seconds as u32;
        }
        Meaning::CipherSuiteList => {
            let suites: Vec<u16> = read_list(bytes)?
                .iter()
                .filter_map(|number| u16::try_from(*number).ok())
                .collect();
            let known = |number: &u16| super::dtls::SUITES.iter().any(|suite| suite.0 == *number);
            if !suites.iter().any(known) {
                return Err(NRF_EINVAL);
            }
            options.suites = suites;
        }
        Meaning::Role => {
            if read_limited(bytes, 1)? == 1 {
                return Err(NRF_EOPNOTSUPP);
            }
        }
        Meaning::BindToDevice => {
            let end = bytes
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(bytes.len());
            let id = bytes[..end]
                .strip_prefix(b"pdn")
                .and_then(|id| std::str::from_utf8(id).ok());
            options.pdn = Some(id.and_then(|id| id.parse().ok()).ok_or(NRF_EINVAL)?);
        }
        Meaning::BindToPdn => options.pdn = Some(read_limited(bytes, 255)? as u8),
        Meaning::KeepOpen => options.keep_open = read_limited(bytes, 1)? == 1,
        Meaning::ReuseAddress
        | Meaning::SilenceAll
        | Meaning::EchoReply
        | Meaning::EchoReplyV6
        | Meaning::ReleaseAssistance => {
            // Release assistance options carry no value before generation D.
            let value = if bytes.is_empty() {
                1
            } else {
                read_limited(bytes, i32::MAX)?
            };
            options.switches.retain(|switch| switch.0 != number);
            options.switches.push((number, value));
        }
        Meaning::Error | Meaning::CipherSuiteUsed => return Err(NRF_ENOPROTOOPT),
    }
    Ok(())
}

/// The bytes of an option. Reading the pending error clears it.
pub fn get(socket: &Socket, level: i32, number: i32) -> Result<Vec<u8>, i32> {
    let meaning = meaning(socket, level, number)?;
    let mut state = socket.lock();
    let options = &state.options;
    let int = |value: i32| value.to_ne_bytes().to_vec();
    Ok(match meaning {
        Meaning::Error => int(state.take_error()),
        Meaning::ReceiveTimeout => write_time(options.receive_timeout_ms),
        Meaning::SendTimeout => write_time(options.send_timeout_ms),
        Meaning::SecTagList => options
            .sec_tags
            .iter()
            .flat_map(|tag| tag.to_ne_bytes())
            .collect(),
        Meaning::SessionCache => int(i32::from(options.session_cache)),
        Meaning::PeerVerify => int(i32::from(options.peer_verify)),
        Meaning::Hostname => options.hostname.clone(),
        Meaning::HandshakeTimeout => int(options.handshake_timeout_s as i32),
        Meaning::Role => int(0),
        Meaning::CipherSuiteUsed => int(i32::from(
            state.suite_number().ok_or(crate::errno::NRF_ENOTCONN)?,
        )),
        Meaning::BindToPdn => int(options.pdn.map_or(0, i32::from)),
        Meaning::KeepOpen => int(i32::from(options.keep_open)),
        Meaning::ReuseAddress | Meaning::SilenceAll | Meaning::EchoReply | Meaning::EchoReplyV6 => {
            int(options
                .switches
                .iter()
                .find(|switch| switch.0 == number)
                .map_or(0, |switch| switch.1))
        }
        Meaning::CipherSuiteList
        | Meaning::SessionCachePurge
        | Meaning::BindToDevice
        | Meaning::ReleaseAssistance => {
            return Err(NRF_ENOPROTOOPT);
        }
    })
}

/// Copies an option into the caller's buffer; `NRF_ENOBUFS` when it does not fit.
pub fn copy_out(value: &[u8], buffer: &mut [u8]) -> Result<usize, i32> {
    buffer
        .get_mut(..value.len())
        .ok_or(NRF_ENOBUFS)?
        .copy_from_slice(value);
    Ok(value.len())
}

fn meaning(socket: &Socket, level: i32, number: i32) -> Result<Meaning, i32> {
    let meaning = layout::option(generation(), level, number).ok_or(NRF_ENOPROTOOPT)?;
    let secure = matches!(
        meaning,
        Meaning::Role
            | Meaning::SecTagList
            | Meaning::SessionCache
            | Meaning::PeerVerify
            | Meaning::Hostname
            | Meaning::CipherSuiteList
            | Meaning::CipherSuiteUsed
            | Meaning::HandshakeTimeout
            | Meaning::SessionCachePurge
    );
    if secure && socket.kind != Kind::Dtls {
        Err(NRF_ENOPROTOOPT)
    } else {
        Ok(meaning)
    }
}

/// An integer of one or four bytes, as the headers use both, from 0 to `limit`.
fn read_limited(bytes: &[u8], limit: i32) -> Result<i32, i32> {
    let value = match *bytes {
        [byte] => i32::from(byte),
        [a, b, c, d] => i32::from_ne_bytes([a, b, c, d]),
        _ => return Err(NRF_EINVAL),
    };
    if (0..=limit).contains(&value) {
        Ok(value)
    } else {
        Err(NRF_EINVAL)
    }
}

fn read_list(bytes: &[u8]) -> Result<Vec<u32>, i32> {
    let words = bytes.chunks_exact(4);
    if !words.remainder().is_empty() {
        return Err(NRF_EINVAL);
    }
    Ok(words
        .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
        .collect())
}

/// `nrf_timeval`: seconds and microseconds, 32 bits each; 0 means no limit.
fn read_time(bytes: &[u8]) -> Result<Option<i64>, i32> {
    let &[seconds, microseconds] = read_list(bytes)?.as_slice() else {
        return Err(NRF_EINVAL);
    };
    let ms = i64::from(seconds) * 1000 + i64::from(microseconds.div_ceil(1000));
    Ok((ms > 0).then_some(ms))
}

fn write_time(limit_ms: Option<i64>) -> Vec<u8> {
    let ms = limit_ms.unwrap_or(0);
    let words = [(ms / 1000) as u32, (ms % 1000 * 1000) as u32];
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}
