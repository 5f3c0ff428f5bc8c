//! Simulated flash for the record store behind `lwm2m_os_storage_*`: three pages, of which one is always kept empty for
//! garbage collection, as on the device. The image is a file; every write of it is what a flash write would be, so that
//! a process that ends in the middle leaves what a power cut leaves.
//!
//! Page: 8 bytes {magic, sequence}, then records: 8 bytes {id, length, CRC-32 of id, length and data}, data padded to 4.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of a page.
pub const PAGE: usize = 4096;
/// Pages of the partition.
pub const PAGES: usize = 3;
/// Longest record: a page less its own and the store's headers.
pub const LONGEST: usize = PAGE - 4 * HEADER;
/// Record ids of the carrier library.
pub const IDS: std::ops::RangeInclusive<u16> = 0xca00..=0xcaff;
/// Milliseconds the device stalls while a page is erased.
pub const ERASE_MS: i64 = 85;

const HEADER: usize = 8;
const MAGIC: u32 = 0x314d_564e;

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageError {
    /// No record with this id.
    Missing,
    /// Longer than [`LONGEST`].
    TooLong,
    /// The live records do not fit.
    Full,
    /// The flash failed (a fault asked for by a control command, or the image file).
    Io,
}

/// A fault to be played: which id (`None`: any), what happens, how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageFault {
    /// Record id, or any.
    pub id: Option<u16>,
    /// Answer of the write.
    pub error: StorageError,
    /// Writes still to fail.
    pub left: u32,
}

/// The mounted store.
pub struct Storage {
    file: File,
    image: Vec<u8>,
    /// Id to (offset of data, length) of the newest record.
    index: BTreeMap<u16, (usize, usize)>,
    active: usize,
    /// Next free byte of the active page.
    end: usize,
    writes: BTreeMap<u16, u64>,
    erases: u64,
    faults: Vec<StorageFault>,
}

impl Storage {
    /// Mounts the image file, made when missing. Half-written records are left out, an interrupted garbage collection
    /// is done again.
    pub fn open(path: &Path) -> io::Result<Storage> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut image = vec![0xff; PAGE * PAGES];
        let mut length = 0;
        while length < image.len() {
            match file.read_at(&mut image[length..], length as u64)? {
                0 => break,
                count => length += count,
            }
        }
        if length < image.len() {
            file.write_all_at(&image[length..], length as u64)?;
        }
        let mut storage = Storage {
            file,
            image,
            index: BTreeMap::new(),
            active: 0,
            end: HEADER,
            writes: BTreeMap::new(),
            erases: 0,
            faults: Vec::new(),
        };
        storage.mount()?;
        Ok(storage)
    }

    /// Length of the stored record, which may exceed `data`; as much as fits is copied.
    pub fn read(&self, id: u16, data: &mut [u8]) -> Result<usize, StorageError> {
        let record = self.record(id).ok_or(StorageError::Missing)?;
        let count = record.len().min(data.len());
        data[..count].copy_from_slice(&record[..count]);
        Ok(record.len())
    }

    /// Bytes written; 0 when the record has this content already. Length 0 deletes.
    pub fn write(&mut self, id: u16, data: &[u8]) -> Result<usize, StorageError> {
        if data.len() > LONGEST {
            return Err(StorageError::TooLong);
        }
        if self
            .record(id)
            .map_or(data.is_empty(), |record| record == data)
        {
            return Ok(0);
        }
        if let Some(index) = self
            .faults
            .iter()
            .position(|fault| fault.id.is_none_or(|wanted| wanted == id))
        {
            let error = self.faults[index].error;
            self.faults[index].left -= 1;
            if self.faults[index].left == 0 {
                self.faults.remove(index);
            }
            return Err(error);
        }
        let needed = HEADER + padded(data.len());
        for _ in 0..PAGES {
            if self.end + needed <= PAGE {
                self.append(id, data).map_err(|_| StorageError::Io)?;
                *self.writes.entry(id).or_default() += 1;
                return Ok(data.len());
            }
            self.collect(None).map_err(|_| StorageError::Io)?;
        }
        Err(StorageError::Full)
    }

    /// True when [`Storage::write`] would program flash: the content is another, and no fault is to be played.
    pub fn would_change(&self, id: u16, data: &[u8]) -> bool {
        let same = self
            .record(id)
            .map_or(data.is_empty(), |record| record == data);
        let fault = |fault: &StorageFault| fault.id.is_none_or(|wanted| wanted == id);
        data.len() <= LONGEST && !same && !self.faults.iter().any(fault)
    }

    /// What a power cut within [`Storage::write`] leaves: half a record, or a garbage collection that is half done when
    /// the write needs one. The store must be mounted again.
    pub fn write_half(&mut self, id: u16, data: &[u8]) -> io::Result<()> {
        if self.end + HEADER + padded(data.len()) > PAGE {
            let half = self.index.len().div_ceil(2);
            return self.collect(Some(half));
        }
        let at = self.active * PAGE + self.end;
        match data.len() / 2 {
            0 => self.program(at, &header(id, data)[..HEADER / 2]),
            half => self.program(at + HEADER, &data[..half]),
        }
    }

    /// Deletes a record; fine when it is missing.
    pub fn delete(&mut self, id: u16) -> Result<(), StorageError> {
        self.write(id, &[]).map(|_| ())
    }

    /// Ids and contents of all records.
    pub fn records(&self) -> Vec<(u16, Vec<u8>)> {
        self.index
            .iter()
            .map(|(id, (at, length))| (*id, self.image[*at..at + length].to_vec()))
            .collect()
    }

    /// Writes of each id and page erases since the process started.
    pub fn wear(&self) -> (&BTreeMap<u16, u64>, u64) {
        (&self.writes, self.erases)
    }

    /// Plays `fault` at the next writes that change something.
    pub fn inject(&mut self, fault: StorageFault) {
        self.faults.push(fault);
    }

    /// Flips one bit of a stored record, without its checksum noticing. False when there is no such record.
    pub fn corrupt(&mut self, id: u16) -> bool {
        let Some(&(at, length)) = self.index.get(&id) else {
            return false;
        };
        if length == 0 {
            return false;
        }
        self.image[at + length / 2] ^= 0x10;
        true
    }

    /// Erases everything.
    pub fn erase_all(&mut self) -> io::Result<()> {
        for page in 0..PAGES {
            self.erase(page)?;
        }
        self.mount()
    }

    fn record(&self, id: u16) -> Option<&[u8]> {
        let &(at, length) = self.index.get(&id)?;
        Some(&self.image[at..at + length])
    }

    fn mount(&mut self) -> io::Result<()> {
        let mut order: Vec<(u32, usize)> = (0..PAGES)
            .filter_map(|page| Some((self.sequence(page)?, page)))
            .collect();
        order.sort_unstable();
        if order.len() == PAGES {
            // A cut during garbage collection: the newest page has only copies.
            if let Some((_, newest)) = order.pop() {
                self.erase(newest)?;
            }
            self.scan(&order);
            return self.collect(None);
        }
        for page in 0..PAGES {
            let blank = self.image[page * PAGE..(page + 1) * PAGE]
                .iter()
                .all(|byte| *byte == 0xff);
            if self.sequence(page).is_none() && !blank {
                self.erase(page)?;
            }
        }
        if order.is_empty() {
            self.start_page(0, 1)?;
            order.push((1, 0));
        }
        self.scan(&order);
        Ok(())
    }

    /// Builds the index from pages in order of age; the last one becomes the active page.
    fn scan(&mut self, order: &[(u32, usize)]) {
        self.index.clear();
        for (_, page) in order {
            self.active = *page;
            self.end = HEADER;
            while let Some((id, at, length)) = self.header_at(*page, self.end) {
                self.end += HEADER + padded(length);
                self.remember(id, at, length);
            }
            let rest = &self.image[page * PAGE + self.end..(page + 1) * PAGE];
            if rest.iter().any(|byte| *byte != 0xff) {
                // A half-written record: nothing can be added to this page.
                self.end = PAGE;
            }
        }
    }

    fn remember(&mut self, id: u16, at: usize, length: usize) {
        if length == 0 {
            self.index.remove(&id);
        } else {
            self.index.insert(id, (at, length));
        }
    }

    fn header_at(&self, page: usize, offset: usize) -> Option<(u16, usize, usize)> {
        let base = page * PAGE;
        let header = self
            .image
            .get(base + offset..base + offset + HEADER)
            .filter(|_| offset + HEADER <= PAGE)?;
        let id = u16::from_le_bytes([header[0], header[1]]);
        let length = usize::from(u16::from_le_bytes([header[2], header[3]]));
        let sum = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        if offset + HEADER + padded(length) > PAGE {
            return None;
        }
        let at = base + offset + HEADER;
        (checksum(id, &self.image[at..at + length]) == sum).then_some((id, at, length))
    }

    fn sequence(&self, page: usize) -> Option<u32> {
        let word = |at: usize| {
            let bytes = &self.image[page * PAGE + at..page * PAGE + at + 4];
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        };
        (word(0) == MAGIC).then(|| word(4))
    }

    /// Opens the empty page, moves what lives on the oldest page there and erases that page. With `copies` it ends after
    /// that many of the records.
    fn collect(&mut self, copies: Option<usize>) -> io::Result<()> {
        let newest = self.sequence(self.active).unwrap_or(0);
        let Some(target) = (0..PAGES).find(|page| self.sequence(*page).is_none()) else {
            return Err(io::Error::other("no empty page"));
        };
        let others = (0..PAGES).filter(|page| *page != target);
        let oldest = others
            .min_by_key(|page| self.sequence(*page).unwrap_or(0))
            .filter(|_| self.used_pages() == PAGES - 1);
        self.start_page(target, newest + 1)?;
        if let Some(oldest) = oldest {
            let span = oldest * PAGE..(oldest + 1) * PAGE;
            let alive: Vec<u16> = self
                .index
                .iter()
                .filter(|(_, (at, _))| span.contains(at))
                .map(|(id, _)| *id)
                .collect();
            for (index, id) in alive.into_iter().enumerate() {
                if copies == Some(index) {
                    return Ok(());
                }
                let data = self.record(id).map(<[u8]>::to_vec).unwrap_or_default();
                self.append(id, &data)?;
            }
            if copies.is_some() {
                return Ok(());
            }
            self.erase(oldest)?;
        }
        Ok(())
    }

    fn used_pages(&self) -> usize {
        (0..PAGES)
            .filter(|page| self.sequence(*page).is_some())
            .count()
    }

    fn start_page(&mut self, page: usize, sequence: u32) -> io::Result<()> {
        let header = [MAGIC.to_le_bytes(), sequence.to_le_bytes()].concat();
        self.program(page * PAGE, &header)?;
        self.active = page;
        self.end = HEADER;
        Ok(())
    }

    fn append(&mut self, id: u16, data: &[u8]) -> io::Result<()> {
        let at = self.active * PAGE + self.end;
        // Data first: without its header a record does not exist.
        self.program(at + HEADER, data)?;
        self.program(at, &header(id, data))?;
        self.end += HEADER + padded(data.len());
        self.remember(id, at + HEADER, data.len());
        Ok(())
    }

    fn program(&mut self, at: usize, data: &[u8]) -> io::Result<()> {
        self.image[at..at + data.len()].copy_from_slice(data);
        self.file.write_all_at(data, at as u64)
    }

    fn erase(&mut self, page: usize) -> io::Result<()> {
        self.erases += 1;
        self.program(page * PAGE, &[0xff; PAGE])
    }
}

fn header(id: u16, data: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..2].copy_from_slice(&id.to_le_bytes());
    header[2..4].copy_from_slice(&(data.len() as u16).to_le_bytes());
    header[4..].copy_from_slice(&checksum(id, data).to_le_bytes());
    header
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}

/// CRC-32 (IEEE 802.3) of id, length and data.
fn checksum(id: u16, data: &[u8]) -> u32 {
    let head = [id.to_le_bytes(), (data.len() as u16).to_le_bytes()].concat();
    let crc = head.iter().chain(data).fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    !crc
}

#[cfg(test)]
mod tests;
