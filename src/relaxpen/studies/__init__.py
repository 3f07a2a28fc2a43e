"""Study files, and what is made of them: plans, jobs, collected runs, tables, figures."""
