"""Saved views, and indexes that find rows by a custom field or a score."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import InstantField, JsonField, KeyField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_core')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SavedView',
            fields=[
                ('id', KeyField(primary_key=True, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('models.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.TextField(unique=False)),
                ('filter_json', JsonField(default=dict, generated=False, null=False, unique=False)),
                ('order_by', JsonField(null=True, generated=False, unique=False)),
                ('columns', JsonField(default=list, generated=False, null=False, unique=False)),
                ('is_shared', fields.BooleanField(default=False)),
                ('owner', fields.TextField(unique=False)),
                ('created_at', InstantField(generated=False, null=False, unique=False)),
                ('updated_at', InstantField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'saved_view', 'app': 'models', 'indexes': [Index(fields=['workspace_id', 'name'])], 'pk_attr': 'id'},
            bases=['Record'],
        ),
        ops.AddIndex(
            model_name='ContactFieldValue',
            index=Index(fields=['field_id', 'contact_id']),
        ),
        ops.AddIndex(
            model_name='Score',
            index=Index(fields=['workspace_id', 'name', 'session_id']),
        ),
        ops.AddIndex(
            model_name='SessionFieldValue',
            index=Index(fields=['field_id', 'session_id']),
        ),
    ]
