-- The demo's two shops, and how they speak to their customers. Once, before the world is loaded.
INSERT INTO doorstep.brand (code, name, language, time_zone, from_name, from_email, reply_to, list_unsubscribe, support, tracking_url, page_url, form_url, contact_url, page_color)
VALUES ('acme', 'Acme Outdoor', 'en', 'America/Chicago', 'Acme Outdoor', 'care@acme.example', 'care@acme.example',
        'https://acme.example/mail-settings', 'care@acme.example or +1 512 555 0100', 'https://acme.example/track/{}',
        'https://track.acme.example/p', 'https://track.acme.example/hook', 'https://acme.example/contact', '#0b6e4f'),
       ('borealis', 'Borealis Home', 'en', 'America/Toronto', 'Borealis Home', 'hello@borealis.example', NULL,
        NULL, 'hello@borealis.example', NULL, 'https://borealis.example/parcel', 'https://borealis.example/hook', NULL, '#5b2a86')
ON CONFLICT (code) DO NOTHING;
