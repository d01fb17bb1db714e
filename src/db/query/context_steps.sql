-- The steps of its playbook: what is done, what is next, what comes then.
PREPARE context_steps (bigint) AS
SELECT step, state, at, owner, action, argument, label, says FROM doorstep.playbook_steps($1);
