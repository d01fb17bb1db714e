-- A person who claims one exception after another, for pgbench, beside override.sql: those that it leaves alone.
\set id 10 * random(1, :n / 10 - 1) + random(4, 9)
SELECT ok FROM doorstep.claim(gen_random_uuid(), ARRAY[:id]);
