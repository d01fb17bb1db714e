-- Playbooks: how many steps each kind's has, its newest version and whose that is.
PREPARE playbook_list AS
SELECT v.kind, jsonb_array_length(v.steps) AS steps, v.version, v.by, doorstep.json_instant(v.at) AS at
  FROM (SELECT DISTINCT ON (p.kind) p.* FROM doorstep.playbook_version p ORDER BY p.kind, p.version DESC) v;
