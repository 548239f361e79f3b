"""The chain: sequence and hash by trigger, under the lock of the patient's head; nothing changes afterwards."""

from django.db import migrations

CHAIN = """
create function audit_event_hash(event audit_auditevent) returns bytea
language sql stable set search_path = pg_catalog as $$
    select sha256(event.previous_hash || convert_to(jsonb_build_array(
        event.id, event.patient_id, event.sequence, extract(epoch from event.at), event.actor_id,
        event.duty, event.action, event.object, event.outcome, event.request_id, event.details
    )::text, 'UTF8'))
$$;

create function audit_event_chain() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into audit_chain_head as head (patient_id, sequence, hash)
        values (coalesce(new.patient_id, '00000000-0000-0000-0000-000000000000'), 1, '')
        on conflict (patient_id) do update set sequence = head.sequence + 1
        returning head.sequence, head.hash into new.sequence, new.previous_hash;
    new.hash := audit_event_hash(new);
    update audit_chain_head set hash = new.hash
        where patient_id = coalesce(new.patient_id, '00000000-0000-0000-0000-000000000000');
    return new;
end $$;
create trigger audit_event_chain before insert on audit_auditevent
    for each row execute function audit_event_chain();

create function audit_event_is_final() returns trigger language plpgsql as $$
begin raise exception 'An audit event can only be added'; end $$;
create trigger audit_event_is_final before update or delete or truncate on audit_auditevent
    for each statement execute function audit_event_is_final();

alter table audit_auditevent enable row level security;
alter table audit_auditevent force row level security;
create policy append on audit_auditevent for insert with check (true);
create policy read_one_patient on audit_auditevent for select using (
    patient_id is not distinct from nullif(current_setting('app.patient_id', true), '')::uuid
);
revoke update, delete, truncate on audit_auditevent from portal_app;
revoke insert, update, delete, truncate on audit_chain_head from portal_app;
"""
UNCHAIN = """
drop policy append on audit_auditevent;
drop policy read_one_patient on audit_auditevent;
alter table audit_auditevent no force row level security;
alter table audit_auditevent disable row level security;
drop trigger audit_event_is_final on audit_auditevent;
drop trigger audit_event_chain on audit_auditevent;
drop function audit_event_is_final;
drop function audit_event_chain;
drop function audit_event_hash;
"""


class Migration(migrations.Migration):
    """Triggers, policies and rights."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(CHAIN, UNCHAIN)]
