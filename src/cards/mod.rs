//! Template and data to card.
