"""Let no entry of the audit log be changed or deleted, but for losing the name of an account that is deleted."""

from django.db import migrations

PROTECT = """
CREATE FUNCTION ratings_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.actor_id IS NULL AND
     (NEW.id, NEW.action, NEW.target, NEW.detail, NEW.created_at)
     IS NOT DISTINCT FROM (OLD.id, OLD.action, OLD.target, OLD.detail, OLD.created_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'entries of the audit log are neither changed nor deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ratings_audit_append_only BEFORE UPDATE OR DELETE ON ratings_auditentry
FOR EACH ROW EXECUTE FUNCTION ratings_audit_is_append_only();
"""
RELEASE = """
DROP TRIGGER ratings_audit_append_only ON ratings_auditentry;
DROP FUNCTION ratings_audit_is_append_only();
"""


class Migration(migrations.Migration):
    """Protect the audit log in the database."""

    dependencies = [("ratings", "0018_api_tokens")]

    operations = [migrations.RunSQL(PROTECT, RELEASE)]
