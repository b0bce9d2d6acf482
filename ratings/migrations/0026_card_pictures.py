"""Show pictures on the cards of studies made from now on; those that there are keep a card of words alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ratings", "0025_sides_are_counted"),
    ]

    operations = [
        migrations.AddField(
            model_name='study',
            name='card_pictures',
            field=models.CharField(choices=[('practice', 'Those chosen for it, else practice pictures if the study is listed'), ('chosen', 'Only those chosen for it'), ('none', 'No pictures')], db_default='none', default='none', help_text="Pictures on the first page and the study's own, which people see before they rate. A picture is chosen for it on its page under Images.", max_length=10),
        ),
        migrations.AlterField(
            model_name='study',
            name='card_pictures',
            field=models.CharField(choices=[('practice', 'Those chosen for it, else practice pictures if the study is listed'), ('chosen', 'Only those chosen for it'), ('none', 'No pictures')], db_default='practice', default='practice', help_text="Pictures on the first page and the study's own, which people see before they rate. A picture is chosen for it on its page under Images.", max_length=10),
        ),
        migrations.AddField(
            model_name='studyimage',
            name='is_on_card',
            field=models.BooleanField(db_default=False, default=False, help_text='People see it before they rate: choose none whose ratings that could bias.', verbose_name="on the study's card"),
        ),
        migrations.AddIndex(
            model_name='studyimage',
            index=models.Index(condition=models.Q(('is_on_card', True)), fields=['study', 'shuffle'], name='study_image_on_card'),
        ),
    ]
