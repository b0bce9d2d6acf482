"""What a consent names in fields of its own: who is responsible, ethics approval, pay, duration, use of the data."""

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from ratings.choices import PayBasis

PAY = ("pay_amount", "pay_currency", "pay_basis")
FACTS = ("responsible", "contact_name", "contact_mail", "ethics_body", "ethics_number", *PAY, "duration_minutes")
CURRENCY = r"^[A-Z]{3}$"
CONSENT_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(pay_amount__isnull=True) | Q(pay_amount=0) | Q(pay_amount__gt=0, pay_currency__regex=CURRENCY),
        name="study_pay_has_a_currency",
        violation_error_message="Give the currency of the pay as three capital letters, such as EUR.",
    ),
    models.CheckConstraint(
        condition=Q(pay_basis__in=PayBasis.values),
        name="study_pay_has_a_basis",
        violation_error_message="Choose what the pay is for: an hour, or the whole.",
    ),
    models.CheckConstraint(
        condition=Q(duration_minutes__isnull=True) | Q(duration_minutes__gte=1),
        name="study_duration_is_a_time",
        violation_error_message="Give the duration in whole minutes, 1 at least, or leave it blank.",
    ),
)


BLANK: dict[str, Any] = {"blank": True, "default": "", "db_default": ""}


class ConsentFacts(models.Model):
    """The facts that a consent names; raters read them as a list, and texts have places for them."""

    responsible = models.CharField(max_length=300, **BLANK, help_text="Who is responsible: institution and address.")
    contact_name = models.CharField(max_length=200, **BLANK, help_text="Whom raters may ask.")
    contact_mail = models.EmailField(**BLANK, help_text="The address to write to.")
    ethics_body = models.CharField(max_length=200, **BLANK, help_text="Board or committee that approved it.")
    ethics_number = models.CharField(max_length=100, **BLANK, help_text="Number of its approval.")
    pay_amount = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="What a rater is paid; 0 for no payment, blank to say nothing of it.",
    )
    pay_currency = models.CharField(
        max_length=3,
        **BLANK,
        help_text="As three letters, such as EUR.",
        validators=[RegexValidator(CURRENCY, "Write it as EUR.")],
    )
    pay_basis = models.CharField(
        max_length=5,
        choices=PayBasis,
        default=PayBasis.FLAT,
        db_default=PayBasis.FLAT,
        help_text="What it is paid for.",
    )
    duration_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How long taking part takes, in minutes, as the consent states it.",
    )
    data_stored = models.TextField(**BLANK, help_text="What is stored of a rater.")
    data_published = models.TextField(**BLANK, help_text="What of it is published, and in which form.")
    data_kept = models.TextField(**BLANK, help_text="How long it is kept.")

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True

    @property
    def consent_facts(self) -> dict[str, Any]:
        """Give the facts that are the same in every language, as versions of the texts keep them; no blank ones."""
        facts = {name: getattr(self, name) for name in FACTS if getattr(self, name) and name not in PAY}
        if self.pay_amount is None:
            return facts
        amount = f"{float(self.pay_amount):.2f}"
        return facts | {"pay_amount": amount, "pay_currency": self.pay_currency, "pay_basis": self.pay_basis}
