-- People, for `doorstep user list`.
PREPARE user_list AS
SELECT name, level, display_name, brands, active, here FROM doorstep.user_list();
