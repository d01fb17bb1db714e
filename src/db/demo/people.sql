-- The demo's people. Running it again changes nothing.
SELECT doorstep.user_add(name, level, display_name)
  FROM (VALUES ('maria',  'agent', 'Maria Lopez'),
               ('dana',   'agent', 'Dana Whitfield'),
               ('tomas',  'agent', 'Tomas Brandt'),
               ('yuki',   'agent', 'Yuki Mori'),
               ('ines',   'agent', 'Ines Carvalho'),
               ('okafor', 'lead',  'Chidi Okafor'),
               ('amara',  'lead',  'Amara Lindqvist'),
               ('vera',   'viewer', 'Vera Stone')) p(name, level, display_name);

DO $$
BEGIN
    IF to_regrole('carrier_feed') IS NULL THEN
        CREATE ROLE carrier_feed LOGIN IN ROLE doorstep_feed;
    END IF;
    IF to_regrole('outreach_worker') IS NULL THEN
        CREATE ROLE outreach_worker LOGIN IN ROLE doorstep_worker;
    END IF;
END
$$;
