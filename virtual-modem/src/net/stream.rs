//! The connection below a TCP socket: received bytes, end of stream, and what the I/O thread shall watch.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};

use crate::errno::{NRF_ECONNRESET, io_to_nrf};

/// Received bytes kept; the I/O thread reads no more until the application took some.
const CAPACITY: usize = 64 * 1024;

/// A connected TCP stream.
#[derive(Debug)]
pub struct Stream {
    tcp: TcpStream,
    received: VecDeque<u8>,
    ended: bool,
    error: Option<i32>,
    blocked: bool,
}

impl Stream {
    /// Takes over a connected stream.
    pub fn new(tcp: TcpStream) -> std::io::Result<Stream> {
        tcp.set_nonblocking(true)?;
        Ok(Stream {
            tcp,
            received: VecDeque::new(),
            ended: false,
            error: None,
            blocked: false,
        })
    }

    /// Descriptor for `poll(2)`.
    pub fn raw_fd(&self) -> RawFd {
        self.tcp.as_raw_fd()
    }

    /// What to ask `poll(2)` for; 0 for nothing.
    pub fn events(&self) -> i16 {
        let reading = !self.ended && self.error.is_none() && self.received.len() < CAPACITY;
        (if reading { libc::POLLIN } else { 0 }) | (if self.blocked { libc::POLLOUT } else { 0 })
    }

    /// The real stream can be read or written.
    pub fn ready(&mut self, events: i16) {
        if events & libc::POLLOUT != 0 {
            self.blocked = false;
        }
        let mut buffer = [0; 4096];
        while !self.ended && self.error.is_none() && self.received.len() < CAPACITY {
            match self.tcp.read(&mut buffer) {
                Ok(0) => self.ended = true,
                Ok(length) => self.received.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.error = Some(io_to_nrf(&error)),
            }
        }
    }

    /// Takes received bytes, or copies them with `peek`. `Ok(Some(0))` at the end of the stream, `None` when nothing is there.
    pub fn receive(&mut self, buffer: &mut [u8], peek: bool) -> Result<Option<usize>, i32> {
        if self.received.is_empty() {
            return match self.error {
                Some(error) => Err(error),
                None if self.ended || buffer.is_empty() => Ok(Some(0)),
                None => Ok(None),
            };
        }
        let length = buffer.len().min(self.received.len());
        for (to, from) in buffer.iter_mut().zip(self.received.iter()) {
            *to = *from;
        }
        if !peek {
            self.received.drain(..length);
        }
        Ok(Some(length))
    }

    /// Sends what the system takes now. `None` when that is nothing.
    pub fn send(&mut self, bytes: &[u8]) -> Result<Option<usize>, i32> {
        if let Some(error) = self.error {
            return Err(error);
        }
        match self.tcp.write(bytes) {
            Ok(length) => Ok(Some(length)),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                self.blocked = true;
                Ok(None)
            }
            Err(error) => {
                let number = io_to_nrf(&error);
                self.error = Some(if error.kind() == ErrorKind::BrokenPipe {
                    NRF_ECONNRESET
                } else {
                    number
                });
                Err(number)
            }
        }
    }

    /// True when bytes or the end of the stream can be read.
    pub fn readable(&self) -> bool {
        !self.received.is_empty() || self.ended
    }

    /// True when sending would not wait.
    pub fn writable(&self) -> bool {
        !self.blocked && self.error.is_none()
    }

    /// True when the server ended the stream.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Why the connection broke.
    pub fn error(&self) -> Option<i32> {
        self.error
    }
}
