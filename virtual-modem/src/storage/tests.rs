//! The store on real files: results, garbage collection, what power cuts and faults leave.

use super::*;
use crate::rng::Rng;

fn path(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("virtual-modem-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn results_are_those_of_the_device() {
    let path = path("results");
    let mut storage = Storage::open(&path).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(
        storage.read(0xca00, &mut buffer),
        Err(StorageError::Missing)
    );
    assert_eq!(storage.write(0xca00, b"abcdef"), Ok(6));
    assert_eq!(storage.write(0xca00, b"abcdef"), Ok(0));
    assert_eq!(storage.read(0xca00, &mut buffer), Ok(6));
    assert_eq!(&buffer, b"abcd");
    assert_eq!(
        storage.write(0xca01, &[0; LONGEST + 1]),
        Err(StorageError::TooLong)
    );
    assert_eq!(storage.write(0xca01, &[0; LONGEST]), Ok(LONGEST));
    assert_eq!(storage.write(0xca00, b""), Ok(0));
    assert_eq!(
        storage.read(0xca00, &mut buffer),
        Err(StorageError::Missing)
    );
    assert_eq!(storage.delete(0xca77), Ok(()));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn records_survive_garbage_collection_and_restart() {
    let path = path("restart");
    let mut storage = Storage::open(&path).unwrap();
    let mut random = Rng::stream(3, 0, "storage");
    let mut expected = BTreeMap::new();
    for round in 0..2000_u32 {
        let id = 0xca00 + random.below(12) as u16;
        let data = vec![round as u8; random.below(200) as usize];
        storage.write(id, &data).unwrap();
        if data.is_empty() {
            expected.remove(&id)
        } else {
            expected.insert(id, data)
        };
        if round % 100 == 0 {
            storage = Storage::open(&path).unwrap();
        }
        assert_eq!(
            storage.records().into_iter().collect::<BTreeMap<_, _>>(),
            expected,
            "round {round}"
        );
    }
    assert_eq!(
        std::fs::metadata(&path).unwrap().len() as usize,
        PAGE * PAGES
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn live_data_that_does_not_fit_are_refused_and_nothing_is_lost() {
    let path = path("full");
    let mut storage = Storage::open(&path).unwrap();
    let mut stored = 0;
    let full = (0..100).find(|id| match storage.write(0xca00 + id, &[7; 500]) {
        Ok(_) => {
            stored += 1;
            false
        }
        Err(error) => {
            assert_eq!(error, StorageError::Full);
            true
        }
    });
    assert!(full.is_some() && stored >= 14, "{stored}");
    assert_eq!(storage.records().len(), stored);
    storage.delete(0xca00).unwrap();
    storage.delete(0xca01).unwrap();
    assert_eq!(storage.write(0xca50, &[1; 500]), Ok(500));
    assert_eq!(Storage::open(&path).unwrap().records().len(), stored - 1);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_half_written_record_does_not_exist() {
    let path = path("half");
    let mut storage = Storage::open(&path).unwrap();
    storage.write(0xca00, b"old").unwrap();
    let end = storage.active * PAGE + storage.end;
    storage
        .program(end + HEADER, b"new, but no header")
        .unwrap();
    let mut storage = Storage::open(&path).unwrap();
    assert_eq!(storage.records(), [(0xca00, b"old".to_vec())]);
    assert_eq!(storage.write(0xca00, b"next"), Ok(4));
    assert_eq!(
        Storage::open(&path).unwrap().records(),
        [(0xca00, b"next".to_vec())]
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn an_interrupted_garbage_collection_is_repeated() {
    let path = path("collect");
    let mut storage = Storage::open(&path).unwrap();
    for round in 0..9 {
        storage.write(0xca00 + round, &[round as u8; 700]).unwrap();
    }
    let before = storage.records();
    let target = (0..PAGES)
        .find(|page| storage.sequence(*page).is_none())
        .unwrap();
    let newest = storage.sequence(storage.active).unwrap();
    storage.start_page(target, newest + 1).unwrap();
    let storage = Storage::open(&path).unwrap();
    assert_eq!(storage.records(), before);
    assert_eq!(storage.used_pages(), PAGES - 1);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn faults_are_played_as_often_as_asked() {
    let path = path("faults");
    let mut storage = Storage::open(&path).unwrap();
    storage.inject(StorageFault {
        id: Some(0xca01),
        error: StorageError::Io,
        left: 1,
    });
    assert_eq!(storage.write(0xca00, b"x"), Ok(1));
    assert_eq!(storage.write(0xca01, b"x"), Err(StorageError::Io));
    assert_eq!(storage.write(0xca01, b"x"), Ok(1));
    assert!(storage.corrupt(0xca01));
    let mut byte = [0];
    assert_eq!(storage.read(0xca01, &mut byte), Ok(1));
    assert_ne!(&byte, b"x");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn power_cut_within_a_write_leaves_the_former_records() {
    let path = path("cut");
    let mut storage = Storage::open(&path).unwrap();
    let mut random = Rng::stream(5, 0, "storage");
    let mut collections = 0;
    for round in 0..3000_u32 {
        let id = 0xca00 + random.below(9) as u16;
        let data = vec![round as u8; random.below(300) as usize];
        if !storage.would_change(id, &data) {
            assert_eq!(storage.write(id, &data), Ok(0));
            continue;
        }
        if random.below(8) > 0 {
            storage.write(id, &data).unwrap();
            continue;
        }
        let before = storage.records();
        let needs_room = storage.end + HEADER + padded(data.len()) > PAGE;
        storage.write_half(id, &data).unwrap();
        collections += u32::from(needs_room && storage.used_pages() == PAGES);
        storage = Storage::open(&path).unwrap();
        assert_eq!(storage.records(), before, "round {round}");
        assert_eq!(storage.write(id, &data), Ok(data.len()), "round {round}");
    }
    assert!(collections >= 3, "{collections}");
    std::fs::remove_file(path).unwrap();
}
