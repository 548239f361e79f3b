"""Another kind of task: nothing in the database changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0020_somebody_named_at_the_patients_address'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result'), ('request', 'The patient asks for their full record'), ('second-person', 'A second person has to agree to opening the full record'), ('clinician', 'A clinician is asked about an entry'), ('print-letter', 'A letter to print and send'), ('review-hidden', 'Look again at what is hidden'), ('dormant', 'Online access that nobody used for a year'), ('proxy-application', 'Somebody wants to act for the patient'), ('nomination', 'The patient names a person at their own address'), ('proxy-stopped', 'A patient stopped somebody who acts for them by law'), ('proxy-goes-on', 'Somebody who acts for a patient by law asks to go on'), ('late-history', 'Older entries came that nobody has read')], max_length=40),
        ),
    ]
