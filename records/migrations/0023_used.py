"""What is known of the last use of a grant: the day on which the proxy last agreed to the warnings for that patient.

Without it, a grant of more than five years ago would count as never used. Every session begins with the warnings (R5.1).
"""

from django.db import migrations, models

LAST_USED = """
update proxy_access_proxygrant as proxys
set last_used_on = known.agreed_on
from (
    select patient_id, user_id, (max(agreed_at) at time zone 'Europe/London')::date as agreed_on
    from records_warningagreement group by patient_id, user_id
) as known
where known.patient_id = proxys.patient_id and known.user_id = proxys.proxy_id
    and proxys.last_used_on is null and known.agreed_on >= proxys.starts_on
"""


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0011_used'),
        ('records', '0022_ages_to_look_at'),
    ]

    operations = [
        migrations.RunSQL(LAST_USED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result'), ('request', 'The patient asks for their full record'), ('second-person', 'A second person has to agree to opening the full record'), ('clinician', 'A clinician is asked about an entry'), ('print-letter', 'A letter to print and send'), ('review-hidden', 'Look again at what is hidden'), ('dormant', 'Online access that nobody used for a year'), ('proxy-application', 'Somebody wants to act for the patient'), ('nomination', 'The patient names a person at their own address'), ('proxy-stopped', 'A patient stopped somebody who acts for them by law'), ('proxy-goes-on', 'Somebody who acts for a patient by law asks to go on'), ('age-review', 'A child’s age: look again at somebody who acts for them'), ('age-16', 'A young person is 16: see what they want instead'), ('proxy-dormant', 'Proxy access that nobody used for a year'), ('late-history', 'Older entries came that nobody has read')], max_length=40),
        ),
    ]
