import django.db.models.deletion
import tinhso.kernel.search
import tinhso.modules.identity.rules
from django.conf import settings
from django.db import migrations, models

from tinhso.kernel.search import TrigramIndex, searchable

BASES = [(tinhso.modules.identity.rules.Basis['AUTHORISED'], 'Đại diện theo ủy quyền'), (tinhso.modules.identity.rules.Basis['GUARDIAN'], 'Cha mẹ, người giám hộ'), (tinhso.modules.identity.rules.Basis['STAFF'], 'Nhân sự được tổ chức giao'), (tinhso.modules.identity.rules.Basis['LEGAL'], 'Đại diện theo pháp luật của tổ chức')]
LOOKS = 'identity_mandatelook'


def fill_search_text(apps, schema_editor):
    mandates = apps.get_model('identity', 'Mandate').objects
    for row in mandates.filter(search_text='').select_related('principal', 'holder').iterator(chunk_size=500):
        mandates.filter(pk=row.pk).update(search_text=searchable(row.principal.full_name, row.holder.full_name))


def guard(apps, schema_editor):
    """Looks are kept as they were written. On SQLite only as long as the audit trail is guarded (see archive)."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == 'postgresql':
            cursor.execute(
                """CREATE OR REPLACE FUNCTION identity_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN RAISE EXCEPTION 'identity: % is never altered', TG_TABLE_NAME; END $$"""
            )
        for act in ('UPDATE', 'DELETE'):
            name = f'{LOOKS}_no_{act.lower()}'
            if connection.vendor == 'postgresql':
                cursor.execute(f'CREATE TRIGGER {name} BEFORE {act} ON {LOOKS} FOR EACH ROW EXECUTE FUNCTION identity_refuse()')
            else:
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {act} ON {LOOKS} "
                    "WHEN EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_entry_no_delete') "
                    f"BEGIN SELECT RAISE(ABORT, 'identity: {LOOKS} is never altered'); END"
                )


def unguard(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        for act in ('update', 'delete'):
            where = f' ON {LOOKS}' if connection.vendor == 'postgresql' else ''
            cursor.execute(f'DROP TRIGGER IF EXISTS {LOOKS}_no_{act}{where}')


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0005_staff_by_name'),
        ('files', '0001_initial'),
        ('identity', '0006_lost_second_factors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='mandate',
            name='document',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.fileref'),
        ),
        migrations.AddField(
            model_name='mandate',
            name='document_needed',
            field=models.BooleanField(default=False, verbose_name='phải có giấy tờ'),
        ),
        migrations.AddField(
            model_name='mandate',
            name='reminded_at',
            field=models.DateTimeField(null=True, verbose_name='đã nhắc sắp hết hạn lúc'),
        ),
        migrations.AddField(
            model_name='mandate',
            name='search_text',
            field=tinhso.kernel.search.SearchColumn(blank=True, default='', editable=False),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('document_needed', False), ('document__isnull', False), ('accepted_at__isnull', True), _connector='OR'), name='mandate_not_without_document'),
        ),
        migrations.CreateModel(
            name='MandateRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('principal_number', models.CharField(max_length=13, verbose_name='số định danh, mã số của bên được thay mặt')),
                ('principal_name', models.CharField(max_length=300, verbose_name='tên bên được thay mặt')),
                ('basis', models.CharField(choices=BASES, max_length=10, verbose_name='tư cách')),
                ('acts', models.JSONField(verbose_name='được làm')),
                ('procedure_codes', models.JSONField(default=list, verbose_name='thủ tục')),
                ('valid_from', models.DateField(verbose_name='từ ngày')),
                ('valid_until', models.DateField(verbose_name='đến hết ngày')),
                ('ground', models.CharField(max_length=500, verbose_name='căn cứ')),
                ('asked_at', models.DateTimeField(verbose_name='yêu cầu lúc')),
                ('state', models.CharField(choices=[('waiting', 'Chờ xác nhận'), ('confirmed', 'Đã xác nhận'), ('refused', 'Không xác nhận'), ('withdrawn', 'Đã rút')], default='waiting', max_length=10, verbose_name='trạng thái')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='quyết định lúc')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='lý do')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.fileref')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mandate', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.mandate')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.organisation')),
            ],
            options={
                'verbose_name': 'yêu cầu xác nhận quyền thay mặt',
                'indexes': [models.Index(fields=['organisation', '-id'], name='mandaterequest_office'), models.Index(fields=['holder', '-id'], name='mandaterequest_holder')],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('holder', 'principal_number'), name='mandaterequest_waiting_once'),
                    models.CheckConstraint(condition=models.Q(('valid_until__gte', models.F('valid_from'))), name='mandaterequest_days_in_order'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('mandate__isnull', True), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('mandate__isnull', True), ('state', 'withdrawn')), models.Q(('decided_at__isnull', False), ('mandate__isnull', True), ('state', 'refused'), models.Q(('reason', ''), _negated=True), models.Q(('decided_by', models.F('holder')), _negated=True)), models.Q(('decided_at__isnull', False), ('mandate__isnull', False), ('state', 'confirmed'), models.Q(('decided_by', models.F('holder')), _negated=True)), _connector='OR'), name='mandaterequest_decided_by_another'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MandateLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_name', models.CharField(max_length=300)),
                ('workplace', models.CharField(blank=True, max_length=300)),
                ('looked_at', models.DateTimeField()),
                ('mandate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.mandate')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.mandaterequest')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'lượt xem giấy tờ ủy quyền',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('mandate__isnull', True), ('request__isnull', False)), models.Q(('mandate__isnull', False), ('request__isnull', True)), _connector='OR'), name='mandatelook_of_one')],
            },
        ),
        TrigramIndex('mandate', 'search_text', 'mandate_search'),
        migrations.RunPython(fill_search_text, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
    ]
