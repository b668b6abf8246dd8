//! Copies of files that are written to all the time.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use mesh::db::Sqlite;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use super::*;

const COPIES: usize = 5;

/// Files in which the same numbers are noted, in one after the other.
struct Notes {
    files: Vec<Sqlite>,
}

impl Notes {
    const NAMES: [&str; 3] = ["first.db", "second.db", "third.db"];

    async fn in_folder(folder: &Path) -> Self {
        let mut files = Vec::new();
        for name in Self::NAMES {
            let file = Sqlite::open(&folder.join(name)).await.unwrap();
            let table = "CREATE TABLE IF NOT EXISTS notes (number INTEGER PRIMARY KEY, filler BLOB)";
            sqlx::query(table).execute(&file.write).await.unwrap();
            files.push(file);
        }
        Self { files }
    }

    /// With so much around it that the log is put into the file now and then.
    async fn note(&self, number: i64) {
        for file in &self.files {
            let insert = sqlx::query("INSERT INTO notes VALUES ($1, zeroblob(20000))");
            insert.bind(number).execute(&file.write).await.unwrap();
        }
    }

    /// The highest number in each file, none of which may be missing below it.
    async fn highest(&self) -> Vec<i64> {
        let mut highest = Vec::new();
        for file in &self.files {
            let read = sqlx::query_as("SELECT coalesce(max(number), 0), count(*) FROM notes").fetch_one(&file.read);
            let (most, count): (i64, i64) = read.await.unwrap();
            assert_eq!(most, count, "there is a hole");
            highest.push(most);
        }
        highest
    }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    (folder, data)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_shows_all_files_at_one_moment_and_all_that_was_there_before() {
    let (folder, data) = folder();
    let notes = Notes::in_folder(&data).await;
    let (noted, is_over) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
    let (counter, end) = (Arc::clone(&noted), Arc::clone(&is_over));
    let writing = tokio::spawn(async move {
        while !end.load(Ordering::Relaxed) {
            let next = counter.load(Ordering::Relaxed) + 1;
            notes.note(next).await;
            counter.store(next, Ordering::Relaxed);
        }
    });
    for number in 0..COPIES {
        let (before, target) = (noted.load(Ordering::Relaxed), folder.path().join(format!("copies/{number}")));
        let backup = of(&data, &target).await.unwrap();
        let names: Vec<_> = backup.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, Notes::NAMES, "and nothing beside them");
        let highest = Notes::in_folder(&target).await.highest().await;
        assert!(highest[2] >= before, "{highest:?}, of which {before} were there");
        assert!(highest.is_sorted_by(|one, next| one >= next) && highest[0] - highest[2] <= 1, "{highest:?}");
    }
    is_over.store(true, Ordering::Relaxed);
    writing.await.unwrap();
}

/// Behind what is committed a log has frames of before, which are written over; and it may be begun anew at any time.
#[tokio::test]
async fn what_is_written_after_the_most_of_a_log_was_copied_is_in_the_copy() {
    for checkpoint_last in [false, true] {
        let (folder, data) = folder();
        let notes = Notes::in_folder(&data).await;
        let put_into_files = async || {
            for file in &notes.files {
                sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&file.write).await.unwrap();
            }
        };
        for number in 1..=30 {
            notes.note(number).await;
        }
        put_into_files().await;
        notes.note(31).await;
        if checkpoint_last {
            put_into_files().await;
        }
        let [file, target] = [&data, folder.path()].map(|folder| folder.join("second.db"));
        let mut pinned = Pinned::open(file, target).await.unwrap();
        pinned.copy_pages().await.unwrap();
        pinned.copy_committed().await.unwrap();
        for number in 32..=35 {
            notes.note(number).await;
        }
        pinned.copy_committed().await.unwrap();
        notes.note(36).await;
        assert!(pinned.hold().await.unwrap());
        pinned.copy_rest().await.unwrap();
        pinned.let_go().await.unwrap();
        pinned::check(&pinned.close().await.unwrap()).await.unwrap();
        let copied = Notes::in_folder(folder.path()).await.highest().await;
        assert_eq!(copied[1], 36, "of a log that was put into its file: {checkpoint_last}");
    }
}

/// Or the ends of the logs would not be of one moment.
#[tokio::test]
async fn nobody_writes_to_a_file_that_is_held_and_none_is_held_that_somebody_writes_to() {
    let (folder, data) = folder();
    Notes::in_folder(&data).await.note(1).await;
    let [file, target] = [&data, folder.path()].map(|folder| folder.join("first.db"));
    let mut pinned = Pinned::open(file.clone(), target).await.unwrap();
    let impatient = SqliteConnectOptions::new().filename(&file).busy_timeout(Duration::ZERO);
    let mut other = impatient.connect().await.unwrap();
    let mut write = async |what: &'static str| sqlx::query(what).execute(&mut other).await.is_ok();
    assert!(pinned.hold().await.unwrap());
    assert!(!write("INSERT INTO notes VALUES (2, '')").await, "written while it was held");
    pinned.let_go().await.unwrap();
    assert!(write("BEGIN IMMEDIATE").await);
    assert!(!pinned.hold().await.unwrap(), "held while somebody writes");
    assert!(write("ROLLBACK").await && pinned.hold().await.unwrap());
}

#[tokio::test]
async fn a_copy_does_not_lie_in_the_folder_that_it_is_of() {
    let (folder, data) = folder();
    Notes::in_folder(&data).await.note(1).await;
    std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
    for inside in ["data/copy", "data/a/b", "link/copy"] {
        let target = folder.path().join(inside);
        let refused = of(&data, &target).await.err().unwrap().to_string();
        let expected = format!("{} is inside of the data folder {}: ", target.display(), data.display());
        assert_eq!(refused, expected + "name a folder elsewhere");
        assert!(!target.exists() && !data.join("a").exists(), "{inside}");
    }
    of(&data, &folder.path().join("data-copy")).await.unwrap();
}

#[tokio::test]
async fn what_lies_beside_the_databases_is_copied_for_its_owner_only() {
    let (folder, data) = folder();
    Notes::in_folder(&data).await.note(1).await;
    for name in ["authenticator.keys", LOCK] {
        fs::write(data.join(name), "secret").unwrap();
    }
    fs::create_dir(data.join("services")).unwrap();
    let target = folder.path().join("copy");
    fs::create_dir(&target).unwrap();
    let backup = of(&data, &target).await.unwrap();
    let names: Vec<_> = backup.files.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["authenticator.keys", "first.db", "second.db", "third.db"]);
    for path in names.iter().map(|name| target.join(name)) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn whatever_cannot_be_copied_is_named_and_leaves_nothing_behind() {
    let (folder, data) = folder();
    let target = folder.path().join("copy");
    let refused = async |target: &Path| format!("{:#}", of(&data, target).await.err().expect("it cannot be copied"));
    assert!(refused(&target).await.contains("there is nothing embedded in"));
    Notes::in_folder(&data).await.note(1).await;
    let told = refused(&data).await;
    assert!(told.contains("is not empty: name a folder that is"), "{told}");
    fs::write(data.join("torn.db"), "x".repeat(5_000)).unwrap();
    let told = refused(&target).await;
    assert!(told.contains("torn.db"), "{told}");
    fs::remove_file(data.join("torn.db")).unwrap();
    fs::create_dir(folder.path().join("copy.partial")).unwrap();
    let told = refused(&target).await;
    assert!(told.contains("copy.partial: remove it if it was left by a backup"), "{told}");
    assert!(!target.exists());
}

#[tokio::test]
async fn a_target_that_cannot_be_replaced_is_refused_before_anything_is_copied() {
    let (folder, data) = folder();
    Notes::in_folder(&data).await.note(1).await;
    let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
    fs::write(&file, "of somebody").unwrap();
    fs::create_dir(folder.path().join("linked")).unwrap();
    std::os::unix::fs::symlink("linked", &link).unwrap();
    let refused = [
        (file.as_path(), "is a file: name a folder"),
        (&link, "is a link: name the folder that it leads to"),
        (&link.join(""), "is a link"),
        (&folder.path().join("linked/.."), "name a folder inside of it"),
        (Path::new("/proc"), "is mounted: name a folder inside of it"),
    ];
    for (target, why) in refused {
        let told = format!("{:#}", of(&data, target).await.err().expect("it cannot be replaced"));
        assert!(told.contains(why), "{}: {told}", target.display());
    }
    assert!(!folder.path().join("link.partial").exists());
}

#[tokio::test]
async fn a_copy_with_a_fault_is_no_copy() {
    let (folder, data) = folder();
    let notes = Notes::in_folder(&data).await;
    notes.note(1).await;
    for file in &notes.files {
        file.close().await;
    }
    // A page in the middle, which nobody reads who only looks at the schema.
    let path = data.join("second.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..4200].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let told = format!("{:#}", of(&data, &folder.path().join("copy")).await.err().expect("a torn page is seen"));
    assert!(told.contains("second.db is not whole"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the data folder is left");
}
