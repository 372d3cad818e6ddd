//! One list of routes, from which they are served and described.
//!
//! # Invariants a row without `#[utoipa::path]` on its handler does not compile; a test compares the
//! #            method and path of row and attribute (`openapi::tests`)

/// Writes `table`, which registers the rows, and `Described`, which collects what their handlers
/// say of themselves. Rows are spelled as actix-web spells them.
macro_rules! routes {
    (config $(.route($path:literal, web::$method:ident().to($module:ident::$handler:ident)))*) => {
        fn table(config: &mut ServiceConfig) {
            config $(.route($path, web::$method().to($module::$handler)))*;
        }

        /// The operations of all routes, as their handlers describe them.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        pub(crate) struct Described;

        /// Method and path of every route.
        pub(crate) const ROWS: &[(&str, &str)] = &[$((stringify!($method), $path)),*];
    };
}

pub(crate) use routes;
