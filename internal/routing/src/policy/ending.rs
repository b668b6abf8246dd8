//! What was opened with a token ends with it: a stream's last document and a body's last word is that the token expired
//! or was revoked.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use mesh::identity::{Access, INVALID_TOKEN};
use mesh::{Code, Error};

use super::Issuers;
use crate::call::{Documents, RawBody};
use crate::line::raw::Passage;
use crate::routing::Row;

/// Comes when the token of a caller expires or is revoked.
pub(super) struct Ending(BoxFuture<'static, ()>);

impl Ending {
    /// Holds on to the issuers: after a change of the table their revocations matter for as long as this is open.
    pub(super) fn new(access: Access, issuers: Issuers) -> Self {
        let ended = async move {
            access.ended().await;
            drop(issuers);
        };
        Self(ended.boxed())
    }

    /// The documents until then, and an error as the last one.
    pub(super) fn of(self, documents: Documents) -> Documents {
        let next = |(mut documents, ending): (Documents, Option<BoxFuture<'static, ()>>)| async move {
            let mut ending = ending?;
            tokio::select! {
                biased;
                () = &mut ending => Some((Err(error()), (documents, None))),
                document = documents.next() => Some((document?, (documents, Some(ending)))),
            }
        };
        futures::stream::unfold((documents, Some(self.0)), next).boxed()
    }

    /// A request with its answer, both bodies until then.
    pub(super) async fn pass(mut self, row: &Row, passage: Passage) -> Result<Response<RawBody>, Error> {
        let response = tokio::select! {
            response = row.pass(passage) => response?,
            () = &mut self.0 => return Err(error()),
        };
        Ok(response.map(|body| Until { body, ending: self.0 }.boxed_unsync()))
    }
}

fn error() -> Error {
    Error::new(Code::Unauthenticated, "the token has expired or was revoked; sign in again")
        .with_challenge(INVALID_TOKEN)
}

/// A body that breaks off when its token ends. It cannot say why, but nobody takes it for a whole one.
struct Until {
    body: RawBody,
    ending: BoxFuture<'static, ()>,
}

impl Body for Until {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.ending.poll_unpin(context).is_ready() {
            self.ending = std::future::pending().boxed();
            return Poll::Ready(Some(Err(error().into())));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
