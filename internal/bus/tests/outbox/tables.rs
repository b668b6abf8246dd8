//! Two lists of migrations in one database.

use crate::rows::{Rows, open};

pub(crate) async fn they_stand_beside_those_of_the_service_in_either_order(rows: Rows) {
    // The service's own came first; now the bus's come first.
    let drop = ["DROP TABLE bus_outbox", "DROP TABLE bus_dedupe", "DROP TABLE effects"];
    for statement in drop.into_iter().chain(["DROP TABLE _sqlx_migrations", "DROP TABLE _bus_migrations"]) {
        rows.db.query(statement).execute().await.unwrap();
    }
    let bare = open(rows.url.as_deref(), &rows.file, false).await;
    bus::migrate(&bare).await.unwrap();
    bare.close().await;
    let db = open(rows.url.as_deref(), &rows.file, true).await;
    bus::migrate(&db).await.unwrap();
    let again = open(rows.url.as_deref(), &rows.file, true).await;
    for table in ["SELECT count(*) FROM bus_outbox", "SELECT count(*) FROM bus_dedupe", "SELECT count(*) FROM effects"]
    {
        assert_eq!(again.query(table).fetch_one::<(i64,)>().await.unwrap(), (0,));
    }
    for list in ["SELECT count(*) FROM _sqlx_migrations", "SELECT count(*) FROM _bus_migrations"] {
        assert_eq!(again.query(list).fetch_one::<(i64,)>().await.unwrap(), (1,), "{list}");
    }
    again.close().await;
    db.close().await;
}
