-- Version 6. What the leader of a fleet saw when it listed a page (jobs/page_listing.h), so that the
-- worker that gets the page need not ask the store again. Rows of pages live for minutes.
ALTER TABLE walk_page ADD COLUMN listing {BLOB} NOT NULL DEFAULT '';
