-- After a line was taken away its extension and number are kept from others until then; NULL: somebody has them.
ALTER TABLE holds ADD COLUMN cooling_until BIGINT;
