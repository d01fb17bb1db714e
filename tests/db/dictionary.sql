-- The status dictionary: what codes mean, and that every row of the vocabulary is there.
BEGIN;
\ir fixture.psql
SELECT plan(109);

SELECT is(norm_code(raw), norm, 'normalising "' || raw || '"') FROM (VALUES
    (' ok ', 'OK'), ('007', '7'), ('0156', '156'), ('000', '0'), ('015A', '15A'), ('Exception_013', 'EXCEPTION_013')) v(raw, norm);
SELECT is(norm_code('  '), NULL, 'blanks are no code');

CREATE FUNCTION pg_temp.reads(p text, c text, d text, m text) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce((SELECT concat_ws(' ', role, kind, status) FROM status_lookup(p, c, d, m)), 'unmapped') $$;

SELECT is(pg_temp.reads(p, c, d, m), want, concat_ws(' ', p, c, d, '"' || m || '"')) FROM (VALUES
    -- a detail beats the status, a final status beats a soft detail, "unknown" says nothing
    ('easypost', 'unknown', NULL, NULL, 'watch not_shipped unknown'),
    ('easypost', 'in_transit', 'delayed', NULL, 'open delay_carrier delayed'),
    ('easypost', 'in_transit', 'unknown', NULL, 'normal in_transit'),
    ('easypost', 'in_transit', 'never_heard_of', NULL, 'normal in_transit'),
    ('easypost', 'delivered', 'arrived_at_destination', NULL, 'clear delivered'),
    ('easypost', 'delivered', 'damaged', NULL, 'open delivery_disputed delivered'),
    ('easypost', 'return_to_sender', 'unknown', NULL, 'open returning returning'),
    ('easypost', 'failure', NULL, NULL, 'open undeliverable undeliverable'),
    ('easypost', 'failure', 'unknown', 'Prohibited articles - Item not delivered - Item seized or destroyed', 'open lost lost'),
    ('easypost', 'failure', 'failure', 'Item seized or destroyed', 'open lost lost'),
    ('easypost', 'error', NULL, 'In test mode, only test tracking numbers are valid', 'open tracking_error error'),
    ('easypost', 'in_transit', 'delivery_exception', 'Recipient not home, notice left', 'open failed_attempt attempted'),
    ('easypost', 'in_transit', 'delivery_exception', NULL, 'open other attempted'),
    ('easypost', 'in_transit', 'awaiting_information', 'Waiting for customs papers', 'open customs_hold held'),
    ('easypost', 'pre_transit', 'label_created', NULL, 'watch not_shipped pre_transit'),
    ('easypost', 'available_for_pickup', 'arrived_at_pickup_location', NULL, 'watch awaiting_pickup available_for_pickup'),
    -- the real problem under status TRANSIT
    ('shippo', 'TRANSIT', 'address_issue', NULL, 'open address_issue delayed'),
    ('shippo', 'TRANSIT', NULL, NULL, 'normal in_transit'),
    ('shippo', 'DELIVERED', NULL, NULL, 'clear delivered'),
    ('shippo', 'TRANSIT', 'delivery_rescheduled', NULL, 'watch late_promise delayed'),
    ('shippo', 'RETURNED', 'package_unclaimed', NULL, 'open awaiting_pickup returning'),
    ('shippo', 'FAILURE', 'package_disposed', NULL, 'open lost lost'),
    ('shippo', 'FAILURE', NULL, 'parcel was destroyed', 'open lost lost'),
    ('shippo', 'UNKNOWN', 'other', NULL, 'watch not_shipped unknown'),
    ('aftership', 'Exception', 'Exception_013', 'Shipment lost', 'open lost lost'),
    ('aftership', 'Exception', 'Exception_014', NULL, 'open other delayed'),
    ('aftership', 'Exception', NULL, NULL, 'open other delayed'),
    ('aftership', 'InTransit', 'InTransit_005', NULL, 'clear in_transit'),
    ('aftership', 'InTransit', 'InTransit_008', NULL, 'clear in_transit'),
    ('aftership', 'Expired', 'Expired_001', NULL, 'open stalled'),
    ('shipengine', 'EX', NULL, NULL, 'open other delayed'),
    ('shipengine', 'EX', 'CARRIER_STATUS_NOT_MAPPED', NULL, 'open other delayed'),
    ('shipengine', 'IT', 'INFORMATION', NULL, 'normal in_transit'),
    ('shipengine', 'DE', 'DELIVERED_IN_PART', NULL, 'open delivery_disputed delivered'),
    ('shipengine', 'EX', 'DUTY_NOT_PAID', NULL, 'open payment_due held'),
    ('shipengine', 'UN', NULL, NULL, 'watch tracking_error unknown'),
    ('17track', 'NotFound', 'NotFound_InvalidCode', NULL, 'open tracking_error error'),
    ('17track', 'Exception', 'Exception_Security', 'customs clearance', 'open customs_hold held'),
    ('17track', 'Exception', 'Exception_Security', 'unpaid fee', 'open payment_due held'),
    ('17track', 'Exception', 'Exception_Security', NULL, 'open held held'),
    ('17track', 'InTransit', 'InTransit_CustomsReleased', NULL, 'clear in_transit'),
    ('dhl', 'ok', NULL, NULL, 'clear delivered'),
    ('dhl', 'NH', NULL, NULL, 'open failed_attempt attempted'),
    ('dhl', 'HO', NULL, NULL, 'clear in_transit'),
    ('dhl', 'IA', NULL, NULL, 'normal'),
    -- USPS labels say more than the code
    ('usps', '01', NULL, 'Delivered, In/At Mailbox', 'clear delivered'),
    ('usps', '1', NULL, 'Delivered Damaged', 'open delivery_disputed delivered'),
    ('usps', '01', NULL, 'Delivered, To Original Sender', 'open returning returned'),
    ('usps', '05', NULL, NULL, 'open address_issue undeliverable'),
    ('usps', NULL, NULL, 'Notice Left (No Secure Location Available)', 'open failed_attempt attempted'),
    ('usps', NULL, NULL, 'No Secure Location Available', 'open access_problem attempted'),
    ('usps', NULL, NULL, 'Moved, Left No Address', 'open address_issue undeliverable'),
    ('usps', NULL, NULL, 'Refused', 'open refused undeliverable'),
    ('usps', NULL, NULL, 'Refused Entry By Customs', 'open customs_hold held'),
    ('usps', NULL, NULL, 'Return To Sender / Not Picked Up', 'open awaiting_pickup returning'),
    ('usps', NULL, NULL, 'R.T.S: Duty Nonpayment', 'open returning returning'),
    ('usps', NULL, NULL, 'Picked Up At Customs Unit', 'clear delivered'),
    -- UPS type X is not always bad
    ('ups', 'X', 'SR', 'Your package was released by the customs agency.', 'clear in_transit'),
    ('ups', 'X', '003', 'Your package was released by the customs agency.', 'clear in_transit'),
    ('ups', 'X', '48', 'Incorrect address - apartment number missing', 'open address_issue delayed'),
    ('ups', 'X', NULL, 'Incorrect address - apartment number missing', 'open address_issue delayed'),
    ('ups', 'X', NULL, 'Severe weather conditions have delayed delivery', 'open delay_weather delayed'),
    ('ups', 'X', NULL, 'The receiver was not available for delivery', 'open failed_attempt attempted'),
    ('ups', 'X', NULL, NULL, 'open other delayed'),
    ('ups', 'I', 'OT', NULL, 'normal out_for_delivery'),
    ('ups', 'M', 'MV', NULL, 'open cancelled cancelled'),
    -- FedEx: two codes, one text; a code on a good scan is not a problem
    ('fedex', 'DE', '007', 'Customer not available or business closed', 'open failed_attempt attempted'),
    ('fedex', 'DE', '08', 'Customer not available or business closed', 'open failed_attempt attempted'),
    ('fedex', 'DL', '08', NULL, 'clear delivered'),
    ('fedex', 'DL', '014', NULL, 'clear delivered'),
    ('fedex', 'IT', '72', NULL, 'watch customs_hold in_transit'),
    ('fedex', 'DE', 'A13', NULL, 'watch awaiting_pickup in_transit'),
    ('fedex', 'SE', '099', NULL, 'open undeliverable undeliverable'),
    ('fedex', 'DE', NULL, NULL, 'open other attempted'),
    ('fedex', '9040', NULL, NULL, 'open tracking_error error'),
    -- Canada Post: padded, and two identifiers with one text
    ('canada_post', '0174', NULL, 'Article sorti pour livraison', 'normal out_for_delivery'),
    ('canada_post', '500', NULL, NULL, 'normal out_for_delivery'),
    ('canada_post', '0156', NULL, 'Dernier avis', 'open awaiting_pickup available_for_pickup'),
    ('canada_post', '1496', NULL, NULL, 'clear delivered'),
    ('canada_post', '1498', NULL, NULL, 'clear delivered'),
    ('canada_post', '9999', NULL, NULL, 'unmapped'),
    ('nosuch', 'X', NULL, NULL, 'unmapped')) v(p, c, d, m, want);

-- Completeness: as many codes as the vocabulary lists, at least.
SELECT cmp_ok((SELECT count(DISTINCT coalesce(detail, code))::int FROM status_map WHERE provider = p AND (NOT only_detail OR detail IS NOT NULL)), '>=', n,
              p || ' has its ' || n || ' codes')
  FROM (VALUES ('easypost', 28, true), ('shippo', 26, true), ('aftership', 47, true), ('shipengine', 75, true), ('17track', 30, true),
               ('dhl', 63, false), ('usps', 27, false), ('ups', 18, false), ('fedex', 44, false), ('canada_post', 12, false),
               ('doorstep', 16, false)) v(p, n, only_detail);

SELECT is_empty($$ SELECT id, label FROM status_map WHERE length(label) > 60 OR label ~ '_' $$, 'labels are short and for people');
SELECT is_empty($$ SELECT m.id FROM status_map m WHERE m.wording IS NOT NULL
                      AND NOT EXISTS (SELECT FROM status_wording w WHERE w.wording = m.wording AND w.language = 'en') $$,
                'every wording exists in English');
SELECT is_empty($$ SELECT id FROM status_map WHERE kind = 'tracking_error' AND wording IS NOT NULL $$, 'a tracking error is never told to a customer');
SELECT is((SELECT wording FROM status_map WHERE detail = 'NOT_DELIVERED_ADDRESSEE_DECEASED'), NULL, 'nor a death');
SELECT is_empty($$ SELECT id FROM status_map WHERE role = 'open' AND kind IS NULL $$, 'what opens has a kind');
SELECT is_empty($$ SELECT id, pattern FROM status_map WHERE pattern IS NOT NULL AND '' ~* pattern $$, 'no pattern fits nothing');
SELECT set_eq($$ SELECT unnest(enum_range(NULL::shipment_status))::text $$,
              $$ SELECT lower(code) FROM status_map WHERE provider = 'doorstep' $$, 'each canonical status is an entry');
SELECT is((SELECT map_reason(id) FROM status_lookup('ups', 'X', '48', 'x')), 'ups X/48 -> address_issue (v1)', 'an entry says what it is');
SELECT is((SELECT count(*)::int FROM status_map m WHERE 'delivery_disputed' = ANY (m.clears)), 0, 'a delivery does not end a dispute about it');

SELECT * FROM finish();
ROLLBACK;
