//! Pages of lists: where one begins, how long it is, and where the next one is.
//!
//! # Invariants G6 what a client asks beyond the description is refused, and no page is longer than it says
//! # Absent     a view of one moment: what comes or goes meanwhile is on its page, or not

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::refused::Refused;

/// Things of one page at most, and when nothing is said.
const PAGE: usize = 1_000;

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageOf {
    /// Where the page begins: as `link` of the page before has it; at the first if absent.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
    /// At most so many; 1,000 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A page that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The place of the last thing before it.
    pub(super) after: Option<Vec<u8>>,
    /// How many.
    pub(super) limit: usize,
}

/// How many a page may have.
///
/// # Errors
/// [`Refused::Malformed`] for none, and for more than there may be.
pub(super) fn limit<N: Copy + PartialOrd + From<u8>>(
    asked: Option<N>,
    (default, most): (N, N),
) -> Result<N, Refused> {
    let limit = asked.unwrap_or(default);
    if limit < N::from(1) || limit > most {
        return Err(Refused::Malformed("limit is 1 to the maximum in the API description"));
    }
    Ok(limit)
}

impl Page {
    /// As a query asks for it.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub(super) fn read(query: &str) -> Result<Self, Refused> {
        let asked = web::Query::<PageOf>::from_query(query)
            .map_err(|_| Refused::Malformed("the query takes after and limit"))?
            .into_inner();
        let place = |text: &str| {
            let bytes = hex::decode(text).ok().filter(|bytes| !bytes.is_empty());
            bytes.ok_or(Refused::Malformed("after is what the link of the page before says"))
        };
        let after = asked.after.as_deref().map(place).transpose()?;
        Ok(Self { after, limit: limit(asked.limit, (PAGE, PAGE))? })
    }

    /// What of a list is on the page, in the order of places, and the place of its last thing if more
    /// come after it.
    pub(super) fn cut<T>(
        &self,
        mut all: Vec<T>,
        place: impl Fn(&T) -> Vec<u8>,
    ) -> (Vec<T>, Option<Vec<u8>>) {
        all.sort_by_cached_key(|one| place(one));
        all.retain(|one| self.after.as_ref().is_none_or(|after| place(one) > *after));
        let more = all.len() > self.limit;
        all.truncate(self.limit);
        let last = all.last().filter(|_| more).map(place);
        (all, last)
    }

    /// The page as it is answered; `link` says where the next one is, if there is one.
    pub(super) fn answer<T: Serialize>(
        &self,
        request: &HttpRequest,
        things: &[T],
        last: Option<Vec<u8>>,
    ) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        if let Some(last) = last {
            let (path, after, limit) = (request.path(), hex::encode(last), self.limit);
            let next = format!("<{path}?after={after}&limit={limit}>; rel=\"next\"");
            answer.insert_header((header::LINK, next));
        }
        answer.json(things)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn g6_what_is_no_page_is_refused() {
        assert_eq!(Page::read("").unwrap(), Page { after: None, limit: PAGE });
        let read = Page::read("after=0aff&limit=7").unwrap();
        assert_eq!(read, Page { after: Some(vec![10, 255]), limit: 7 });
        for bad in [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=x",
            "after=",
            "after=0",
            "after=zz",
            "page=2",
        ] {
            assert!(matches!(Page::read(bad), Err(Refused::Malformed(_))), "{bad}");
        }
        assert_eq!(limit(Some(256_u32), (100, 256)).unwrap(), 256);
        assert!(limit(Some(257_u32), (100, 256)).is_err() && limit(Some(0_u64), (1, 2)).is_err());
    }

    #[test]
    fn g6_pages_one_after_the_other_have_everything_once() {
        let all: Vec<u8> = vec![9, 1, 7, 3, 5];
        let (mut query, mut seen, mut pages) = ("limit=2".to_owned(), Vec::new(), 0);
        loop {
            let page = Page::read(&query).unwrap();
            let (things, last) = page.cut(all.clone(), |one| vec![*one]);
            let request = TestRequest::get().uri("/v1/things").to_http_request();
            let answer = page.answer(&request, &things, last.clone());
            let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            assert_eq!(link.is_some(), last.is_some());
            seen.extend(things);
            pages += 1;
            let Some(link) = link else { break };
            query = link.split(['?', '>']).nth(1).unwrap().to_owned();
        }
        assert_eq!((seen, pages), (vec![1, 3, 5, 7, 9], 3));
    }
}
