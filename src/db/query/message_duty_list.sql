-- Within how many hours customers are told, by kind; empty: nobody has to be told.
PREPARE message_duty_list AS
SELECT k.kind, d.hours FROM unnest(enum_range(NULL::doorstep.exception_kind)) WITH ORDINALITY k(kind, i) LEFT JOIN doorstep.message_duty d USING (kind) ORDER BY k.i;
