-- The demo's desk never closes and has a third of the time, so that clocks run and run out
-- whenever it is tried. Once, before the world is loaded.
DELETE FROM doorstep.calendar_hours;
INSERT INTO doorstep.calendar_hours (calendar_id, weekday, opens, closes)
SELECT id, weekday, '00:00', '24:00' FROM doorstep.calendar, generate_series(1, 7) weekday;
UPDATE doorstep.sla_policy
   SET first_response_minutes = greatest(10, first_response_minutes / 3),
       resolution_minutes = greatest(60, resolution_minutes / 3);
