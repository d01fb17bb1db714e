-- The demo's two shops, and how they speak to their customers. Once, before the world is loaded.
INSERT INTO doorstep.brand (code, name, language, time_zone, from_name, from_email, reply_to, list_unsubscribe, support, tracking_url)
VALUES ('acme', 'Acme Outdoor', 'en', 'America/Chicago', 'Acme Outdoor', 'care@acme.example', 'care@acme.example',
        'https://acme.example/mail-settings', 'care@acme.example or +1 512 555 0100', 'https://acme.example/track/{}'),
       ('borealis', 'Borealis Home', 'en', 'America/Toronto', 'Borealis Home', 'hello@borealis.example', NULL,
        NULL, 'hello@borealis.example', NULL)
ON CONFLICT (code) DO NOTHING;
