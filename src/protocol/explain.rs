//! Every stage of one signed request, as text and as JSON.
