-- What the server asks of the database for GET /api/external/tickets/:id, as plain SQL.
\set key random(1, 1000)
\set ticket (:key - 1) / 50 * 500 + random(1, 500)
