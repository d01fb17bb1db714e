-- What a new database starts with. All of it is data that a member of doorstep_owner may change
-- later: hours and holidays rebuild their calendar by themselves.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

INSERT INTO carrier (code, name, tracking_url) VALUES
    ('ups',          'UPS',           'https://www.ups.com/track?tracknum={}'),
    ('usps',         'USPS',          'https://tools.usps.com/go/TrackConfirmAction?tLabels={}'),
    ('fedex',        'FedEx',         'https://www.fedex.com/fedextrack/?trknbr={}'),
    ('dhl',          'DHL',           'https://www.dhl.com/global-en/home/tracking.html?tracking-id={}'),
    ('dhl_express',  'DHL Express',   'https://www.dhl.com/global-en/home/tracking/tracking-express.html?tracking-id={}'),
    ('dhl_ecommerce', 'DHL eCommerce', 'https://www.dhl.com/us-en/home/tracking/tracking-ecommerce.html?tracking-id={}'),
    ('canada_post',  'Canada Post',   'https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}'),
    ('purolator',    'Purolator',     'https://www.purolator.com/en/shipping/tracker?pin={}'),
    ('ontrac',       'OnTrac',        'https://www.ontrac.com/tracking/?number={}'),
    ('royal_mail',   'Royal Mail',    'https://www.royalmail.com/track-your-item#/tracking-results/{}'),
    ('dpd',          'DPD',           'https://tracking.dpd.de/status/en_US/parcel/{}'),
    ('gls',          'GLS',           'https://gls-group.eu/track/{}'),
    ('unknown',      'unknown',       NULL)
ON CONFLICT (code) DO NOTHING;

-- One calendar: the desk's hours. Monday to Friday 08:00 to 20:00, Saturday 09:00 to 17:00.
INSERT INTO calendar (name, time_zone) VALUES ('desk', 'America/New_York');
INSERT INTO calendar_hours (calendar_id, weekday, opens, closes)
SELECT c.id, d, CASE WHEN d = 6 THEN '09:00'::time ELSE '08:00' END, CASE WHEN d = 6 THEN '17:00'::time ELSE '20:00' END
  FROM calendar c, generate_series(1, 6) d WHERE c.name = 'desk';
INSERT INTO calendar_holiday (calendar_id, day, name)
SELECT c.id, make_date(y, h.m, h.d), h.name
  FROM calendar c, generate_series(2024, 2040) y,
       (VALUES (1, 1, 'New Year''s Day'), (12, 25, 'Christmas Day')) h(m, d, name) WHERE c.name = 'desk';

-- Minutes of the desk's hours: first response, resolution. A working day has 720.
INSERT INTO sla_policy (kind, first_response_minutes, resolution_minutes, calendar_id)
SELECT v.kind::exception_kind, v.first, v.resolve, c.id
  FROM calendar c, (VALUES
    (NULL,                  240, 2160),
    ('late_promise',        240, 1440),
    ('not_shipped',         720, 2160),
    ('stalled',             720, 2880),
    ('delay_carrier',      1440, 3600),
    ('delay_weather',      1440, 3600),
    ('address_issue',        60,  720),
    ('failed_attempt',      120, 1440),
    ('access_problem',      120, 1440),
    ('refused',             720, 2160),
    ('held',                240, 2160),
    ('customs_hold',        240, 2880),
    ('payment_due',         120, 2160),
    ('awaiting_pickup',    1440, 3600),
    ('damaged',              60, 1440),
    ('lost',                 60, 1440),
    ('undeliverable',       120, 1440),
    ('returning',           240, 2160),
    ('cancelled',          1440, 3600),
    ('delivery_disputed',    60, 1440),
    ('tracking_error',     1440, 3600)) v(kind, first, resolve)
 WHERE c.name = 'desk';
-- Gold customers: an answer in half the time, a solution in two thirds. For each kind, as the
-- kind's own row comes before one for the tier alone.
INSERT INTO sla_policy (kind, tier, first_response_minutes, resolution_minutes, calendar_id)
SELECT kind, 'gold', first_response_minutes / 2, resolution_minutes * 2 / 3, calendar_id FROM sla_policy;

INSERT INTO resolution (code, label) VALUES
    ('delivered', 'delivered after all'), ('address_fixed', 'address corrected'), ('redelivery', 'redelivery arranged'),
    ('picked_up', 'collected by customer'), ('reshipped', 'replacement sent'), ('refunded', 'refunded'),
    ('claim_filed', 'claim filed with carrier'), ('returned', 'returned to us'), ('customer_cancel', 'cancelled by customer'),
    ('carrier_fixed', 'carrier put it right'), ('no_action', 'no action needed'), ('duplicate', 'duplicate'),
    ('other', 'other, see note');

INSERT INTO saved_view (name, filter, position, builtin) VALUES
    ('Triage',    'state:new,working owner:none', 1, true),
    ('Mine',      'owner:me', 2, true),
    ('Breaching', 'sla:<30m', 3, true),
    ('Waiting',   'state:waiting,snoozed', 4, true),
    ('High',      'severity:>=high sort:severity', 5, true),
    ('All open',  '', 6, true),
    ('Resolved',  'state:resolved sort:updated', 7, true);

-- The next step: for everything alike, then by kind for the one who has it.
INSERT INTO playbook (kind, situation, action, label, then_text) VALUES
    (NULL, 'unowned',  'claim', 'claim it', 'its own first step is shown'),
    (NULL, 'theirs',   'note',  'leave its owner a note', ''),
    (NULL, 'waiting',  'work',  'back to working on it', 'when the customer has answered'),
    (NULL, 'snoozed',  'work',  'wake it and work on it', ''),
    (NULL, 'mine',     'note',  'find out what it needs and note it', 'wait, snooze or resolve'),
    ('late_promise',      'mine', 'wait',    'tell the customer the new date, then wait', 'resolves itself on delivery'),
    ('not_shipped',       'mine', 'note',    'ask the warehouse whether it left, note the answer', 'no scan by tomorrow: send a replacement'),
    ('stalled',           'mine', 'snooze',  'ask the carrier for a trace, snooze until the next scan', 'no scan in 3 days: treat it as lost'),
    ('delay_carrier',     'mine', 'snooze',  'snooze until the next scan', 'nothing to do but tell the customer'),
    ('delay_weather',     'mine', 'snooze',  'snooze until the next scan', 'nothing to do but tell the customer'),
    ('address_issue',     'mine', 'wait',    'ask the customer for the right address, then wait', 'on the answer: correct it with the carrier, resolve as address corrected'),
    ('failed_attempt',    'mine', 'wait',    'ask the customer for a day or a pickup point, then wait', 'resolves itself on delivery'),
    ('access_problem',    'mine', 'wait',    'ask the customer for access instructions, then wait', 'on the answer: pass them to the carrier'),
    ('refused',           'mine', 'wait',    'ask the customer why it was refused, then wait', 'refund or send a replacement'),
    ('held',              'mine', 'note',    'ask the carrier why it is held, note the answer', 'no movement in a day: ask again'),
    ('customs_hold',      'mine', 'wait',    'ask for the missing papers, then wait', 'released: the next scan says so'),
    ('payment_due',       'mine', 'wait',    'tell the customer what is to be paid and how, then wait', 'unpaid goods go back: mind the carrier''s deadline'),
    ('awaiting_pickup',   'mine', 'wait',    'remind the customer to collect it, then wait', 'resolves itself on collection'),
    ('damaged',           'mine', 'wait',    'ask the customer for photos, then wait', 'file a claim and send a replacement'),
    ('lost',              'mine', 'resolve', 'replace or refund it, file a claim, resolve', ''),
    ('undeliverable',     'mine', 'wait',    'ask the customer: another address or a refund, then wait', 'before the carrier sends it back'),
    ('returning',         'mine', 'wait',    'ask the customer: send it again or refund, then wait', 'resolve as returned when it is back'),
    ('cancelled',         'mine', 'resolve', 'check the order was cancelled, resolve', ''),
    ('delivery_disputed', 'mine', 'wait',    'ask the customer to check with neighbours, then wait', 'not found: file a claim'),
    ('tracking_error',    'mine', 'note',    'check the number and the carrier account, note it', 'never a matter for the customer'),
    ('other',             'mine', 'note',    'read the carrier''s words, note what they mean', 'the code is on the dictionary''s to-do list');

RESET search_path;
RESET ROLE;
