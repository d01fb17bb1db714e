-- What came back meanwhile: most messages of the demo's colleagues arrive, and a few customers answer.
SELECT doorstep.receipts_merge(jsonb_agg(jsonb_build_object('type', 'receipt', 'provider', 'demo', 'event', 'delivered ' || id, 'what', 'delivered',
                                                            'at', doorstep.json_instant(sent_at + interval '2 seconds'), 'outreach', message_id)))
  FROM doorstep.outreach WHERE state = 'sent' AND sent_at < now() - interval '2 seconds' AND id % 9 <> 0
HAVING count(*) > 0;
SELECT doorstep.receipts_merge(jsonb_agg(jsonb_build_object('type', 'inbound', 'provider', 'demo', 'event', 'answer ' || o.id, 'channel', o.channel,
           'address', o.to_address, 'at', doorstep.json_instant(now()), 'references', jsonb_build_array(o.message_id), 'driver', 'reply',
           'text', CASE o.language
                WHEN 'es' THEN (ARRAY['Gracias. Estoy en casa mañana por la tarde.', '¿Cuándo llega exactamente?'])[1 + o.id % 2]
                WHEN 'fr' THEN (ARRAY['Merci, je suis là demain après-midi.', 'Quand arrive-t-il exactement ?'])[1 + o.id % 2]
                WHEN 'de' THEN (ARRAY['Danke, morgen Nachmittag bin ich zu Hause.', 'Wann kommt es genau?'])[1 + o.id % 2]
                ELSE (ARRAY['Thanks. Somebody is home tomorrow afternoon.', 'When will it be here exactly?', 'Please just refund it.'])[1 + o.id % 3] END)))
  FROM doorstep.outreach o
 WHERE o.delivered_at > now() - interval '10 minutes' AND o.delivered_at < now() - interval '5 seconds' AND o.id % 5 = 1
   AND NOT EXISTS (SELECT FROM doorstep.contact c WHERE c.outreach_id = o.id)
HAVING count(*) > 0;
