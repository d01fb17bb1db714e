-- Brands and how they write; null: the channel's own sender, the carrier's own page, no such header.
PREPARE brand_list AS
SELECT code, name, language, time_zone, from_name, from_email, reply_to, support, list_unsubscribe, tracking_url, page_url, form_url, contact_url, page_color
  FROM doorstep.brand ORDER BY code;
