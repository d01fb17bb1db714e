-- The steps of an exception, as a list.
PREPARE playbook_steps (bigint) AS
SELECT step, state, doorstep.json_instant(at) AS at, owner, action, nullif(argument, '') AS argument, label, nullif(says, '') AS says FROM doorstep.playbook_steps($1);
