"""Stage `risks`: every risk with owner, trigger and controls; matrix, heat map, stress cases."""
