"""When a dossier ended without a result, on the dossier itself: the progress table asks nothing else."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    dossiers = apps.get_model("dossiers", "Dossier").objects.all()
    closings = apps.get_model("dossiers", "Closing").objects.filter(dossier=OuterRef("pk"))
    refusals = apps.get_model("dossiers", "Task").objects.filter(
        dossier=OuterRef("pk"), key="intake", action="refuse", finished_at__isnull=False
    )
    dossiers.filter(state__in=[7, 8]).update(closed_at=Subquery(closings.values("closed_at")[:1]))
    dossiers.filter(state=3).update(closed_at=Subquery(refusals.values("finished_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0004_emergency_access")]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="closed_at",
            field=models.DateTimeField(null=True, verbose_name="kết thúc không có kết quả lúc"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
